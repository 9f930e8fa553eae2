//! `cargo xtask`: what a release takes.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "whoever runs it reads what it does")]

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use clap::{Parser, Subcommand};
use xtask::{dist, man, manifest, materials, peers, platform::Platform, public_api};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Compiled in, because the program is never moved from the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

type Outcome = Result<(), Box<dyn Error>>;

/// What a release takes
#[derive(Debug, Parser)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build the plugin and pack it, with digest and list of materials, and fill the manifest for krew
    Dist {
        /// Directory for what is made
        #[arg(long, value_name = "DIR", default_value = "dist")]
        out: PathBuf,
        /// Target of Rust's to build for [default: the host's]
        #[arg(long, value_name = "TRIPLE")]
        target: Option<String>,
        /// Program that was built already
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
    /// Fill the manifest for krew with the digests of the archives in a directory, and insist on all of them
    Manifest {
        /// Directory with the archives; `seldon.yaml` is written there
        dir: PathBuf,
    },
    /// Write the manual pages
    Man {
        /// Directory for them
        dir: PathBuf,
    },
    /// Measure the plugin beside other programs that are installed: kubectl, kustomize, kubeconform
    BenchPeers {
        /// Program to measure, which a release build makes
        #[arg(long, value_name = "FILE", default_value = "target/release/kubectl-seldon")]
        program: PathBuf,
        /// How many tenants the input has
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        tenants: usize,
        /// How often each command is run; the median counts
        #[arg(long, value_name = "NUMBER", default_value_t = 5)]
        runs: usize,
    },
    /// Hold the core crate's public API against the listing that is kept
    PublicApi {
        /// Keep what is built
        #[arg(long)]
        update: bool,
    },
}

fn main() -> ExitCode {
    let done = match Xtask::parse().task {
        Task::Dist { out, target, program } => release(&out, target.as_deref(), program.as_deref()),
        Task::Manifest { dir } => fill(&dir, true),
        Task::Man { dir } => pages(&dir),
        Task::BenchPeers { program, tenants, runs } => bench(&program, tenants, runs),
        Task::PublicApi { update } => hold_api(update),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn release(out: &Path, target: Option<&str>, program: Option<&Path>) -> Outcome {
    let platform = target.map_or_else(Platform::host, Platform::of_target);
    let platform = platform.ok_or("krew installs nothing on this platform")?;
    fs::create_dir_all(out)?;
    let program = match program {
        Some(program) => program.to_owned(),
        None => build(target, platform)?,
    };
    let name = platform.archive(VERSION);
    let packed = dist::pack(platform, fs::read(program)?, Path::new(ROOT))?;
    fs::write(out.join(&name), &packed)?;
    fs::write(out.join(format!("{name}.sha256")), dist::digest_line(&packed, &name))?;
    let materials = materials::all(Path::new(ROOT), Some(target.unwrap_or(platform.target)))?;
    let document = materials::document(&materials, platform, &name);
    fs::write(out.join(format!("{name}.cdx.json")), format!("{document:#}\n"))?;
    println!("{}", out.join(&name).display());
    fill(out, false)
}

fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(ROOT);
    cargo
}

/// Builds the program in such a way that nothing in it depends on where it is built.
fn build(target: Option<&str>, platform: Platform) -> Result<PathBuf, Box<dyn Error>> {
    let root = fs::canonicalize(ROOT)?;
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let flags: Vec<String> = [remap(&root, ".")].into_iter().chain(home.map(|home| remap(&home, "cargo"))).collect();
    // A directory of its own, because the flags would make cargo build everything anew each time.
    let dir = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("dist");
    let mut cargo = cargo();
    cargo.args(["build", "--release", "--locked", "-p", "kubectl-seldon"]).env("CARGO_TARGET_DIR", &dir);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    if !cargo.status()?.success() {
        return Err("the plugin cannot be built".into());
    }
    Ok(dir.join(target.unwrap_or_default()).join("release").join(platform.program()))
}

fn fill(dir: &Path, is_release: bool) -> Outcome {
    let text = fs::read_to_string(Path::new(ROOT).join("krew-manifest.yaml"))?;
    let filled = manifest::fill(&text, dir)?;
    if is_release {
        manifest::is_final(&filled)?;
    }
    fs::write(dir.join("seldon.yaml"), filled)?;
    println!("{}", dir.join("seldon.yaml").display());
    Ok(())
}

fn pages(dir: &Path) -> Outcome {
    fs::create_dir_all(dir)?;
    for (name, text) in man::pages()? {
        fs::write(dir.join(name), text)?;
    }
    println!("{}", dir.display());
    Ok(())
}

fn hold_api(is_update: bool) -> Outcome {
    let root = Path::new(ROOT);
    match public_api::list(root)? {
        public_api::Listed::Api(api) => {
            public_api::keep(&api, &root.join(public_api::LISTING), is_update)?;
            println!("{} public items, as listed", api.lines().count());
        }
        public_api::Listed::Skipped(why) => println!("SKIPPED: the public API is not checked: {why}"),
    }
    Ok(())
}

fn bench(program: &Path, tenants: usize, runs: usize) -> Outcome {
    let program = fs::canonicalize(program).map_err(|error| format!("{}: {error}", program.display()))?;
    print!("{}", peers::table(&peers::measure(&program, tenants, runs)?));
    Ok(())
}
