//! What is released, as people install it: `release/build` packs the program under test, each kind of package is
//! installed by its own program without a network, and what was installed runs. `ZIRKABOT_TEST_PROGRAM` names another
//! program to pack, such as the static one that is shipped. Packages for another processor are made and looked at too.

mod debian;
mod lists;

use crate::support::tools::{said, tool};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How this processor is called by Rust, by Debian and OCI, and by npm; and how the other one is.
const HERE: [&str; 3] = if cfg!(target_arch = "x86_64") { X86 } else { ARM };
const THERE: [&str; 3] = if cfg!(target_arch = "x86_64") { ARM } else { X86 };
const X86: [&str; 3] = ["x86_64", "amd64", "x64"];
const ARM: [&str; 3] = ["aarch64", "arm64", "arm64"];

/// The program, without what debuggers want of it.
fn program(dir: &Path) -> PathBuf {
    if let Some(given) = std::env::var_os("ZIRKABOT_TEST_PROGRAM") {
        return given.into();
    }
    let own = dir.join("stripped");
    let mut strip = Command::new("strip");
    let stripped = strip.arg("-o").arg(&own).arg(env!("CARGO_BIN_EXE_zirkabot")).status();
    if stripped.is_ok_and(|status| status.success()) { own } else { env!("CARGO_BIN_EXE_zirkabot").into() }
}

/// Something that is a program for the other processor by its header; nobody runs it.
fn foreign(dir: &Path) -> PathBuf {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(64, 0);
    bytes[18] = if THERE == ARM { 0xb7 } else { 0x3e };
    let path = dir.join("foreign");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Packs both into a directory; `umask` and time zone are those of whoever packs.
fn pack(dir: &Path, out: &Path, umask: &str, zone: &str) {
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("release/build");
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("umask {umask}; exec \"$@\"")).arg("bash").arg(build);
    shell.args(["--level", "1", "--url", "https://downloads.invalid/it"]);
    shell.arg("--binary").arg(program(dir)).arg("--binary").arg(foreign(dir));
    let (fine, text) = said(shell.env("ZIRKABOT_DIST", out).env("TZ", zone).env("CARGO_NET_OFFLINE", "true"));
    assert!(fine, "{text}");
    println!("{text}");
}

/// Where all packages are; `None` where they cannot be made.
fn dist() -> Option<&'static Path> {
    static DIST: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = DIST.get_or_init(|| {
        if !Command::new("python3")
            .args(["-c", "import tomllib"])
            .status()
            .is_ok_and(|status| status.success())
        {
            println!("there is no Python of 3.11 or later, which packs: skipped");
            return None;
        }
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        pack(&dir, &dir.join("dist"), "022", "UTC");
        Some(dir)
    });
    made.as_deref()
}

/// The package whose name ends so.
fn package(end: &str) -> Option<PathBuf> {
    let names = std::fs::read_dir(dist()?.join("dist")).unwrap().map(|entry| entry.unwrap().path());
    let found = names.into_iter().find(|path| path.display().to_string().ends_with(end));
    if found.is_none() {
        println!("no {end} was made: skipped");
    }
    found
}

/// The same, for a processor.
fn package_for(machine: &str, end: &str) -> Option<PathBuf> {
    package(&format!("{machine}{end}"))
}

fn done(command: &mut Command) -> String {
    let (fine, text) = said(command);
    assert!(fine, "{command:?}: {text}");
    text
}

/// An installed program says its version, as it is called.
fn runs(command: &mut Command) {
    assert_eq!(done(command.arg("--version")), format!("zirkabot {VERSION}\n"));
}

fn is_root() -> bool {
    let root = done(Command::new("id").arg("-u")) == "0\n";
    if !root {
        println!("only root can own what is installed: skipped in part");
    }
    root
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn an_archive_has_the_program_and_all_that_goes_with_it() {
    let Some(file) = package_for(HERE[0], "-linux.tar.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    done(Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(dir.path()));
    let top = dir.path().join(file.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.gz"));
    runs(&mut Command::new(top.join("zirkabot")));
    for (own, word) in [
        ("completions/zirkabot.bash", "_zirkabot"),
        ("completions/_zirkabot", "#compdef zirkabot"),
        ("completions/zirkabot.fish", "complete"),
        ("man/zirkabot.1", ".TH"),
        ("LICENSE", "MIT License"),
        ("NOTICES", "hyper"),
        ("README.md", "# zirkabot"),
    ] {
        assert!(std::fs::read_to_string(top.join(own)).unwrap().contains(word), "{own}");
    }
}

#[test]
fn a_deb_is_installed_verified_and_removed_by_dpkg() {
    let (Some(file), Some(mut deb)) = (package_for(HERE[1], ".deb"), tool("dpkg-deb")) else { return };
    let about = done(deb.arg("--info").arg(&file));
    for line in ["Package: zirkabot", &format!("Version: {VERSION}")] {
        assert!(about.lines().any(|own| own.trim() == line), "{about}");
    }
    if !is_root() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("var/lib/dpkg");
    for below in ["info", "updates"] {
        std::fs::create_dir_all(state.join(below)).unwrap();
    }
    std::fs::write(state.join("status"), "").unwrap();
    let dpkg = || {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", root.path().display())).args(["--log=/dev/null", "--force-bad-path"]);
        dpkg
    };
    done(dpkg().arg("--install").arg(&file));
    runs(&mut Command::new(root.path().join("usr/bin/zirkabot")));
    assert_eq!(done(dpkg().args(["--verify", "zirkabot"])), "");
    assert!(root.path().join("usr/share/man/man1/zirkabot.1.gz").exists());
    done(dpkg().args(["--purge", "zirkabot"]));
    assert!(!root.path().join("usr/bin/zirkabot").exists());
}

#[test]
fn an_rpm_is_installed_verified_and_removed_by_rpm() {
    let (Some(file), Some(_)) = (package_for(HERE[0], ".rpm"), tool("rpm")) else { return };
    let rpm = || tool("rpm").unwrap();
    let asked = ["-qp", "--queryformat", "%{NAME} %{VERSION} %{LICENSE} [%{REQUIRENAME} ]"];
    let about = done(rpm().args(asked).arg(&file));
    assert!(about.starts_with(&format!("zirkabot {VERSION} MIT ")), "{about}");
    // What rpm itself must be able to do, and nothing else.
    assert!(
        about.split(' ').skip(3).all(|needs| needs.is_empty() || needs.starts_with("rpmlib(")),
        "{about}"
    );
    if !is_root() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let at = format!("--root={}", root.path().display());
    done(rpm().args([&at, "--nosignature", "--install"]).arg(&file));
    runs(&mut Command::new(root.path().join("usr/bin/zirkabot")));
    assert_eq!(done(rpm().args([&at, "--verify", "zirkabot"])), "");
    done(rpm().args([&at, "--erase", "zirkabot"]));
    assert!(!root.path().join("usr/bin/zirkabot").exists());
}

#[test]
fn a_wheel_is_installed_and_removed_by_pip_without_a_network() {
    let Some(file) = package_for(HERE[0], ".whl") else { return };
    let dir = tempfile::tempdir().unwrap();
    if !said(Command::new("python3").args(["-m", "venv"]).arg(dir.path())).0 {
        println!("this Python makes no environments: skipped");
        return;
    }
    let pip = || {
        let mut pip = Command::new(dir.path().join("bin/pip"));
        pip.args(["--disable-pip-version-check", "--no-input"]).env("PIP_NO_INDEX", "1");
        pip
    };
    done(pip().arg("install").arg(&file));
    runs(&mut Command::new(dir.path().join("bin/zirkabot")));
    let about = done(pip().args(["show", "--files", "zirkabot"]));
    assert!(about.contains(&format!("Version: {VERSION}\n")) && about.contains("bin/zirkabot\n"), "{about}");
    done(pip().args(["uninstall", "--yes", "zirkabot"]));
    assert!(!dir.path().join("bin/zirkabot").exists());
}

#[test]
fn npm_installs_both_packages_offline_and_signals_reach_the_program() {
    let (Some(main), Some(mut npm)) = (package(&format!("/zirkabot-{VERSION}.tgz")), tool("npm")) else {
        return;
    };
    let machine = HERE[2];
    let platform = main.with_file_name(format!("zirkabot-linux-{machine}-{VERSION}.tgz"));
    let dir = tempfile::tempdir().unwrap();
    let cache = format!("--cache={}", dir.path().join("cache").display());
    let plain = ["install", "--offline", "--no-audit", "--no-fund", "--no-update-notifier"];
    std::fs::write(dir.path().join("package.json"), "{}").unwrap();
    done(
        npm.args(plain)
            .args([cache])
            .arg(&platform)
            .arg(&main)
            .current_dir(dir.path())
            .env("HOME", dir.path()),
    );
    let own = dir.path().join("node_modules/.bin/zirkabot");
    runs(&mut Command::new(&own));
    let wrong = said(Command::new(&own).arg("nonsense"));
    assert!(!wrong.0 && wrong.1.contains("nonsense"), "{wrong:?}");
    let mut gateway = Command::new(&own);
    gateway.args(["gateway", "--port", "0"]).env("HOME", dir.path());
    let mut child = gateway.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut greeting = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    greeting.read_line(&mut line).unwrap();
    assert!(line.contains("http://"), "{line}");
    done(Command::new("kill").args(["-TERM", &child.id().to_string()]));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    std::fs::remove_dir_all(dir.path().join("node_modules/@zirkabot")).unwrap();
    let (fine, text) = said(&mut Command::new(&own));
    assert!(!fine && text.contains(&format!("there is no @zirkabot/linux-{machine}")), "{text}");
}

#[test]
fn the_image_is_whole_and_runs_with_nothing_around_it() {
    let Some(file) = package("-oci.tar") else { return };
    let dir = tempfile::tempdir().unwrap();
    done(Command::new("tar").arg("-xf").arg(&file).arg("-C").arg(dir.path()));
    let blobs = dir.path().join("blobs/sha256");
    let blob = |what: &Value| {
        let bytes = std::fs::read(blobs.join(what["digest"].as_str().unwrap().trim_start_matches("sha256:")))
            .unwrap();
        assert_eq!(what["digest"], format!("sha256:{}", digest(&bytes)));
        assert_eq!(what["size"], bytes.len());
        bytes
    };
    assert_eq!(json(&std::fs::read(dir.path().join("oci-layout")).unwrap())["imageLayoutVersion"], "1.0.0");
    let index = json(&std::fs::read(dir.path().join("index.json")).unwrap());
    let index = json(&blob(&index["manifests"][0]));
    let images = index["manifests"].as_array().unwrap();
    let machine = |own: &Value| own["platform"]["architecture"].as_str().unwrap().to_owned();
    assert_eq!(
        images.iter().map(machine).collect::<BTreeSet<_>>(),
        [HERE[1], THERE[1]].map(str::to_owned).into()
    );
    let manifest = images.iter().find(|own| machine(own) == HERE[1]).unwrap();
    let manifest = json(&blob(manifest));
    let config = json(&blob(&manifest["config"]));
    assert_eq!(config["config"]["Entrypoint"][0], "/usr/bin/zirkabot");
    let mut layer = Vec::new();
    flate2::read::GzDecoder::new(&*blob(&manifest["layers"][0])).read_to_end(&mut layer).unwrap();
    assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", digest(&layer)));
    let root = dir.path().join("root");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(dir.path().join("layer.tar"), layer).unwrap();
    done(Command::new("tar").arg("-xf").arg(dir.path().join("layer.tar")).arg("-C").arg(&root));
    let own = std::fs::read(root.join("usr/bin/zirkabot")).unwrap();
    if own[..4096].windows(8).any(|word| word == b"ld-linux") {
        println!("this program is not static: it is not run without the libraries of this machine");
    } else if is_root() {
        runs(Command::new("chroot").args(["--userspec=65532:65532"]).arg(&root).arg("/usr/bin/zirkabot"));
    }
    let Some(mut skopeo) = tool("skopeo") else { return };
    let from = format!("oci-archive:{}", file.display());
    let to = format!("dir:{}", dir.path().join("copied").display());
    done(skopeo.args([
        "--insecure-policy",
        "--override-os",
        "linux",
        "copy",
        "--multi-arch",
        "all",
        &from,
        &to,
    ]));
}
