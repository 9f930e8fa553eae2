use super::*;
use crate::{
    archive::{Packed, pack},
    platform::Platform,
};

const GOOD: &str = "\
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata: {name: seldon}
spec:
  version: v0.1.0
  homepage: https://example.com
  shortDescription: Short
  description: Long
  platforms:
  - selector: {matchLabels: {os: linux, arch: amd64}}
    uri: https://example.com/a.tar.gz
    sha256: \"0000000000000000000000000000000000000000000000000000000000000000\"
    bin: kubectl-seldon
";

fn faults(change: impl Fn(&str) -> String) -> Vec<String> {
    let text = change(GOOD);
    assert_ne!(text, GOOD, "nothing was changed");
    Manifest::read(&text).unwrap().faults("seldon.yaml")
}

#[test]
fn a_good_manifest_has_no_faults() {
    assert_eq!(Manifest::read(GOOD).unwrap().faults("seldon.yaml"), [""; 0]);
    assert_eq!(Manifest::read(GOOD).unwrap().faults("krew.yaml"), ["the file is not called seldon.yaml"]);
}

#[test]
fn each_rule_is_enforced() {
    let platform = |fault: &str| vec![format!("spec.platforms[0]: {fault}")];
    let cases = [
        ("v1alpha2", "v1", vec!["apiVersion is not krew.googlecontainertools.github.com/v1alpha2".to_owned()]),
        ("Plugin", "Plug", vec!["kind is not Plugin".to_owned()]),
        ("v0.1.0", "0.1.0", vec!["spec.version is not v and a semantic version".to_owned()]),
        ("v0.1.0", "v0.1", vec!["spec.version is not v and a semantic version".to_owned()]),
        ("v0.1.0", "v0.01.0", vec!["spec.version is not v and a semantic version".to_owned()]),
        ("Short", "\"a\\nb\"", vec!["spec.shortDescription is not one line".to_owned()]),
        ("description: Long", "description: ''", vec!["spec.description is missing".to_owned()]),
        ("https://example.com\n", "example.com\n", vec!["spec.homepage is no address".to_owned()]),
        ("os: linux", "os: plan9", platform("the selector means no platform of krew's")),
        ("https://example.com/a", "a", platform("uri is no address")),
        ("0000\"", "000A\"", platform("sha256 is not 64 lower-case hexadecimal digits")),
        ("0000\"", "000\"", platform("sha256 is not 64 lower-case hexadecimal digits")),
        ("bin: kubectl", "bin: ../kubectl", platform("bin `../kubectl-seldon` leads out of the archive")),
        ("os: linux", "os: windows", platform("bin `kubectl-seldon` is no program on windows")),
        ("bin: kubectl-seldon", "bin: kubectl-seldon.exe", platform("bin `kubectl-seldon.exe` is no program on linux")),
        ("bin: kubectl-seldon", "bin: kubectl-seldon\n    files: []", platform("files is empty")),
        (
            "bin: kubectl-seldon",
            "bin: kubectl-seldon\n    files: [{from: a, to: ./a}]",
            platform("files: `./a` is not clean"),
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(faults(|good| good.replacen(from, to, 1)), expected, "{from} → {to}");
    }
}

#[test]
fn no_platform_is_meant_twice() {
    let entry = GOOD.split_once("platforms:\n").unwrap().1;
    assert_eq!(faults(|good| format!("{good}{entry}")), ["spec.platforms[1]: linux/amd64 is in another selector too"]);
    assert!(Manifest::read(&GOOD.replace("arch: amd64", "libc: musl")).is_err(), "krew knows no such label");
}

#[test]
fn versions_may_be_of_what_is_not_released_yet() {
    assert!(is_version("v0.1.0-rc.1+build") && is_version("v10.0.3"));
    assert!(!is_version("v1.2.3.4") && !is_version("vx") && !is_version("v"));
}

#[test]
fn an_archive_has_the_program_a_licence_and_the_digest() {
    let platform = Platform::of_target("x86_64-unknown-linux-musl").unwrap();
    let file = |path: &str| Packed { path: path.to_owned(), content: vec![1], is_program: true };
    let faults = |files: &[&str]| {
        let bytes = pack(platform, &files.iter().map(|path| file(path)).collect::<Vec<_>>()).unwrap();
        let mut spec = Manifest::read(GOOD).unwrap().spec.platforms.remove(0);
        spec.sha256 = archive::sha256(&bytes);
        spec.archive_faults(&bytes).unwrap()
    };
    assert_eq!(faults(&["kubectl-seldon", "LICENSE"]), [""; 0]);
    assert_eq!(faults(&["kubectl-seldon", "README"]), ["there is no licence in it"]);
    assert_eq!(faults(&["bin/kubectl-seldon", "LICENSE"]), ["`kubectl-seldon` is not in it"]);
    assert_eq!(faults(&["kubectl-seldon", "LICENSE", "a..b"]), ["`a..b` leads out of the archive"]);
    let spec = Manifest::read(GOOD).unwrap().spec.platforms.remove(0);
    let bytes = pack(platform, &[file("kubectl-seldon"), file("LICENSE")]).unwrap();
    assert_eq!(spec.archive_faults(&bytes).unwrap(), [format!("its digest is {}", archive::sha256(&bytes))]);
}
