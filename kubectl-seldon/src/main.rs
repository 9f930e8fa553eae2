//! The plugin's entry: everything else is in the library of this crate.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    kubectl_seldon::run(std::env::args_os())
}
