//! What goes with the packages, and what they say of themselves: digests, crates and licenses, the formula, and what is for
//! another processor.

use crate::support::tools::{said, tool};
use crate::wire::packages::{ARM, THERE, VERSION, X86, digest, dist, done, json, pack, package, package_for};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn packed_twice_by_others_it_is_the_same() {
    let Some(dir) = dist() else { return };
    let again = tempfile::tempdir().unwrap();
    let other = again.path().join("elsewhere");
    pack(again.path(), &other, "077", "Pacific/Auckland");
    let names = |dir: &Path| -> BTreeSet<_> {
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let first = dir.join("dist");
    assert_eq!(names(&first), names(&other));
    for name in names(&first) {
        let same = std::fs::read(first.join(&name)).unwrap() == std::fs::read(other.join(&name)).unwrap();
        assert!(same, "{} differs", name.display());
    }
    assert!(names(&first).len() >= 14, "{:?}", names(&first));
}

#[test]
fn sums_are_those_of_all_files() {
    let Some(dir) = dist() else { return };
    let dir = dir.join("dist");
    let text = done(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&dir));
    let fine = text.lines().filter(|line| line.ends_with(": OK")).count();
    assert_eq!(fine + 1, std::fs::read_dir(&dir).unwrap().count(), "{text}");
}

#[test]
fn the_bill_of_materials_lists_each_crate_that_is_built_in() {
    let Some(file) = package(".cdx.json") else { return };
    let document = json(&std::fs::read(&file).unwrap());
    assert_eq!((&document["bomFormat"], &document["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let mut tree = Command::new(env!("CARGO"));
    tree.args([
        "tree",
        "--offline",
        "--locked",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    for [machine, ..] in [X86, ARM] {
        tree.args(["--target", &format!("{machine}-unknown-linux-gnu")]);
    }
    let tree = done(tree.current_dir(env!("CARGO_MANIFEST_DIR")));
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(format!("pkg:cargo/{}@{}", words.next()?, words.next()?.strip_prefix('v')?))
    });
    let mut crates: BTreeSet<String> = crates.collect();
    let main = format!("pkg:cargo/zirkabot@{VERSION}");
    assert!(crates.len() > 100 && crates.remove(&main) && document["metadata"]["component"]["purl"] == main);
    let components = document["components"].as_array().unwrap();
    let listed: BTreeSet<String> =
        components.iter().map(|own| own["purl"].as_str().unwrap().to_owned()).collect();
    assert_eq!(crates, listed);
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let is_listed = |name: &String| listed.iter().any(|own| own.starts_with(&format!("pkg:cargo/{name}@")));
    assert!(manifest["dependencies"].as_table().unwrap().keys().all(is_listed));
    assert!(
        !["proptest", "tempfile"].map(str::to_owned).iter().any(is_listed),
        "what only tests need is listed"
    );
    let notices = std::fs::read_to_string(package("-NOTICES.txt").unwrap()).unwrap();
    for own in components {
        assert_eq!(own["hashes"][0]["content"].as_str().map(str::len), Some(64), "{own}");
        assert!(own["licenses"][0]["expression"].is_string(), "{own}");
        let name = format!("{} {}", own["name"].as_str().unwrap(), own["version"].as_str().unwrap());
        assert!(notices.contains(&format!("\n{name}: ")), "{name} is not in the notices");
        assert!(notices.contains(&format!("\n{name}\n")), "{name} has no text of a license in the notices");
    }
    for edge in document["dependencies"].as_array().unwrap() {
        let refs = edge["dependsOn"].as_array().unwrap().iter().chain([&edge["ref"]]);
        assert!(
            refs.map(|own| own.as_str().unwrap()).all(|own| own == main || listed.contains(own)),
            "{edge}"
        );
    }
}

#[test]
fn the_formula_is_filled_in_from_the_source_that_is_released() {
    let (Some(formula), Some(source)) = (package("/zirkabot.rb"), package(".crate")) else { return };
    let text = std::fs::read_to_string(&formula).unwrap();
    let sum = digest(&std::fs::read(&source).unwrap());
    assert!(text.contains(&format!("sha256 \"{sum}\"")), "{text}");
    assert!(
        text.contains(&format!("url \"https://downloads.invalid/it/zirkabot-{VERSION}.crate\"")),
        "{text}"
    );
    let Some(mut ruby) = tool("ruby") else { return };
    assert_eq!(done(ruby.arg("-c").arg(&formula)), "Syntax OK\n");
}

#[test]
fn another_processor_has_packages_of_its_own_that_say_so() {
    let Some(dir) = dist() else { return };
    let [rust, debian, npm] = THERE;
    if let Some(mut deb) = tool("dpkg-deb") {
        let file = package_for(debian, ".deb").unwrap();
        assert_eq!(done(deb.args(["--field"]).arg(&file).arg("Architecture")), format!("{debian}\n"));
    }
    if let (Some(file), Some(mut rpm)) = (package_for(rust, ".rpm"), tool("rpm")) {
        assert_eq!(
            done(rpm.args(["-qp", "--queryformat", "%{ARCH} %{OS}"]).arg(file)),
            format!("{rust} linux")
        );
    }
    assert!(package_for(rust, "-linux.tar.gz").is_some() && package_for(rust, ".whl").is_some());
    let text = |end: &str| {
        let mut tar = Command::new("tar");
        json(done(tar.arg("-xzOf").arg(package(end).unwrap()).arg("package/package.json")).as_bytes())
    };
    let own = text(&format!("-linux-{npm}-{VERSION}.tgz"));
    assert_eq!((&own["cpu"][0], &own["os"][0]), (&npm.into(), &"linux".into()));
    let main = text(&format!("/zirkabot-{VERSION}.tgz"));
    for [.., npm] in [X86, ARM] {
        assert_eq!(main["optionalDependencies"][format!("@zirkabot/linux-{npm}")], VERSION);
    }
    // What is for no known processor is not packed.
    let wrong = dir.join("wrong");
    std::fs::write(&wrong, "#!/bin/sh\n").unwrap();
    let mut build = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("release/build"));
    let (fine, text) = said(build.arg("--binary").arg(&wrong).env("ZIRKABOT_DIST", dir.join("none")));
    assert!(!fine && text.contains("is no program for Linux"), "{text}");
}
