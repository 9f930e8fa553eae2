//! The plugin measured beside other programs of the trade, as whole processes on the same input.

use std::{
    env, fs,
    io::{self, ErrorKind},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A command and what it is compared in.
#[derive(Debug, Clone)]
struct Run {
    work: &'static str,
    program: String,
    arguments: Vec<String>,
}

/// How long a command took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// What it did; equal for those that are compared.
    pub work: &'static str,
    /// The program's name.
    pub program: String,
    /// The median of its runs; `None` when it is not installed.
    pub median: Option<Duration>,
}

/// What is compared, the plugin first in each kind of work.
fn runs(program: &str, input: &Path) -> Vec<Run> {
    let plain = input.join("plain").display().to_string();
    let overlay = input.join("overlay").display().to_string();
    let schemas = input.join("no-schemas").display().to_string();
    let run = |work, program: &str, arguments: &[&str]| Run {
        work,
        program: program.to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
    };
    let (start, judge, build) = ("start", "judge files", "build an overlay, and judge it");
    // kubeconform looks for schemas where there are none, so it only reads: what it does least.
    let conform = ["-summary", "-ignore-missing-schemas", "-schema-location", &schemas, &plain];
    vec![
        run(start, program, &["--version"]),
        run(start, "kubectl", &["version", "--client"]),
        run(start, "kustomize", &["version"]),
        run(start, "kubeconform", &["-v"]),
        run(judge, program, &["verify", "-f", &plain]),
        run(judge, "kubeconform", &conform),
        run(build, program, &["verify", "-f", &overlay]),
        run(build, "kubectl", &["kustomize", &overlay]),
        run(build, "kustomize", &["build", &overlay]),
    ]
}

/// Measures the plugin and the peers that are installed, on tenants that the plugin builds itself.
///
/// # Errors
/// When a command fails that is installed.
pub fn measure(program: &Path, tenants: usize, repeats: usize) -> io::Result<Vec<Measured>> {
    let input = TempDir::new()?;
    let names: Vec<String> = (0..tenants.max(1)).map(|number| format!("tenant-{number:05}")).collect();
    for (form, dir) in [("yaml", "plain"), ("kustomize", "overlay")] {
        let mut onboard = Command::new(program);
        onboard.arg("onboard").args(&names).args(["--emit", form, "--out"]).arg(input.path().join(dir));
        once(&mut onboard)?;
    }
    fs::create_dir(input.path().join("no-schemas"))?;
    let program = program.display().to_string();
    runs(&program, input.path()).iter().map(|run| measured(run, repeats)).collect()
}

fn measured(run: &Run, repeats: usize) -> io::Result<Measured> {
    let name = Path::new(&run.program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let times = (0..repeats.max(1)).map(|_| once(Command::new(&run.program).args(&run.arguments)));
    let median = match times.collect::<io::Result<Vec<Duration>>>() {
        Ok(times) => median(times),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok(Measured { work: run.work, program: name, median })
}

/// Runs a command without a cluster, and says how long it took.
fn once(command: &mut Command) -> io::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).env("KUBECONFIG", no_kubeconfig());
    let begun = Instant::now();
    let output = command.output()?;
    let took = begun.elapsed();
    // Findings are no failure.
    if output.status.success() || output.status.code() == Some(1) && output.stderr.is_empty() {
        return Ok(took);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("{command:?} failed with {}: {said}", output.status)))
}

fn no_kubeconfig() -> std::path::PathBuf {
    env::temp_dir().join("kubectl-seldon-no-kubeconfig")
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

/// A table in Markdown: each program's time, and how many times the plugin's that is.
pub fn table(all: &[Measured]) -> String {
    let rows: String = all.iter().map(|one| row(one, all)).collect();
    format!("| work | program | median | ratio |\n|---|---|---|---|\n{rows}")
}

fn row(one: &Measured, all: &[Measured]) -> String {
    let ours = all.iter().find(|other| other.work == one.work).and_then(|first| first.median);
    let (time, ratio) = match (one.median, ours) {
        (Some(time), Some(ours)) => {
            let ratio = time.as_secs_f64() / ours.as_secs_f64().max(1e-6);
            (format!("{:.1} ms", time.as_secs_f64() * 1e3), format!("{ratio:.2}"))
        }
        _ => ("not installed".to_owned(), String::new()),
    };
    format!("| {} | {} | {time} | {ratio} |\n", one.work, one.program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(work: &'static str, program: &str, millis: Option<u64>) -> Measured {
        Measured { work, program: program.to_owned(), median: millis.map(Duration::from_millis) }
    }

    #[test]
    fn peers_are_told_as_multiples_of_the_plugin_in_the_same_work() {
        let all =
            [one("a", "ours", Some(4)), one("a", "theirs", Some(10)), one("b", "ours", Some(2)), one("b", "x", None)];
        let wanted = "| work | program | median | ratio |\n|---|---|---|---|\n| a | ours | 4.0 ms | 1.00 |\n\
                      | a | theirs | 10.0 ms | 2.50 |\n| b | ours | 2.0 ms | 1.00 |\n| b | x | not installed |  |\n";
        assert_eq!(table(&all), wanted);
    }

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        let times = [30, 10, 20].map(Duration::from_millis);
        assert_eq!(median(times.to_vec()), Some(Duration::from_millis(20)));
        assert_eq!(median(Vec::new()), None);
    }
}
