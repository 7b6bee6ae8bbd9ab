"""Packs programs that are built into what people install: archive, deb, rpm, wheel, npm, an image for containers.

Nothing here depends on who packs, when or where: times are those of the release, owners are root, names are sorted.
Each kind of package is a function from a `Release` and a `Program` to a file; `main` is the list of them.
"""

import argparse
import base64
import datetime
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
import zipfile

import inventory

ROOT = inventory.ROOT
# What a processor is called: in a program's header, by Rust, Debian, rpm, Python, npm and OCI.
MACHINES = {
    0x3E: ("x86_64", "amd64", "x86_64", "x86_64", "x64", "amd64"),
    0xB7: ("aarch64", "arm64", "aarch64", "aarch64", "arm64", "arm64"),
}


class Program:
    """A program for one kind of machine."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.bytes = self.path.read_bytes()
        if self.bytes[:4] != b"\x7fELF":
            raise SystemExit(f"{path} is no program for Linux")
        machine = int.from_bytes(self.bytes[18:20], "little")
        if machine not in MACHINES:
            raise SystemExit(f"{path} is for a machine that has no packages")
        self.rust, self.deb, self.rpm, self.python, self.npm, self.oci = MACHINES[machine]


class Release:
    """What is the same in all packages of a release."""

    def __init__(self, programs, level):
        package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
        self.name, self.version, self.license = package["name"], package["version"], package["license"]
        self.summary = package["description"]
        # The version is the day of the release.
        day = datetime.datetime(*map(int, self.version.split(".")), tzinfo=datetime.timezone.utc)
        self.epoch = int(os.environ.get("SOURCE_DATE_EPOCH", day.timestamp()))
        self.level = level
        self.targets = [f"{program.rust}-unknown-linux-gnu" for program in programs]
        self.notices = inventory.notices(self.targets).encode()
        self.files = {name: (ROOT / name).read_bytes() for name in ("LICENSE", "README.md", "CHANGELOG.md")}
        # The program prints its own manual and completions; one that runs here does.
        own = next((p for p in programs if p.rust == os.uname().machine), None)
        if own is None:
            raise SystemExit("none of the programs runs on this machine, which has to print the manual")
        self.manual = run(own, "man")
        self.completions = {shell: run(own, "completions", shell) for shell in ("bash", "zsh", "fish")}
        self.when = datetime.datetime.fromtimestamp(self.epoch, datetime.timezone.utc)

    def gzip(self, data):
        return gzip.compress(data, self.level, mtime=0)

    def tar(self, entries, root=""):
        """A tar archive of files by name: bytes, or bytes with a mode, or None for a directory."""
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, content in sorted(entries.items()):
                data, mode = content if isinstance(content, tuple) else (content, 0o755 if content is None else 0o644)
                info = tarfile.TarInfo(root + name)
                info.mtime, info.mode, info.uname, info.gname = self.epoch, mode, "root", "root"
                if data is None:
                    info.type = tarfile.DIRTYPE
                else:
                    info.size = len(data)
                tar.addfile(info, None if data is None else io.BytesIO(data))
        return made.getvalue()

    def tree(self, program, zsh):
        """The files of an installed package, below `/`; systems differ in where zsh looks."""
        doc = f"usr/share/doc/{self.name}"
        return {
            f"usr/bin/{self.name}": (program.bytes, 0o755),
            f"usr/share/man/man1/{self.name}.1.gz": self.gzip(self.manual),
            f"usr/share/bash-completion/completions/{self.name}": self.completions["bash"],
            f"usr/share/zsh/{zsh}/_{self.name}": self.completions["zsh"],
            f"usr/share/fish/vendor_completions.d/{self.name}.fish": self.completions["fish"],
            f"{doc}/copyright": self.files["LICENSE"],
            f"{doc}/changelog.gz": self.gzip(self.files["CHANGELOG.md"]),
            f"{doc}/NOTICES.gz": self.gzip(self.notices),
        }


def run(program, *words):
    """What the program prints, in a home with nothing in it."""
    with tempfile.TemporaryDirectory() as home:
        command = [program.path.resolve(), *words]
        return subprocess.run(command, env={"HOME": home}, check=True, capture_output=True).stdout


def with_parents(entries):
    """The same entries with the directories above them."""
    parents = {str(parent): None for name in entries for parent in pathlib.PurePosixPath(name).parents}
    parents.pop(".", None)
    return parents | entries


def archive(release, program):
    top = f"{release.name}-{release.version}-{program.rust}-linux"
    entries = {
        f"{top}/{release.name}": (program.bytes, 0o755),
        f"{top}/man/{release.name}.1": release.manual,
        f"{top}/completions/{release.name}.bash": release.completions["bash"],
        f"{top}/completions/_{release.name}": release.completions["zsh"],
        f"{top}/completions/{release.name}.fish": release.completions["fish"],
        f"{top}/NOTICES": release.notices,
    }
    entries |= {f"{top}/{name}": data for name, data in release.files.items()}
    return f"{top}.tar.gz", release.gzip(release.tar(with_parents(entries)))


def deb(release, program):
    tree = release.tree(program, "vendor-completions")
    size = sum(len(entry[0] if isinstance(entry, tuple) else entry) for entry in tree.values()) // 1024 + 1
    control = (
        f"Package: {release.name}\nVersion: {release.version}\nArchitecture: {program.deb}\n"
        f"Maintainer: the {release.name} authors\nInstalled-Size: {size}\nSection: utils\nPriority: optional\n"
        f"Description: {release.summary}\n"
    )
    # Sums of the installed files, with which `dpkg --verify` works.
    data = {name: entry[0] if isinstance(entry, tuple) else entry for name, entry in tree.items()}
    sums = "".join(f"{hashlib.md5(data[name]).hexdigest()}  {name}\n" for name in sorted(data))
    members = [
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", release.tar({"control": control.encode(), "md5sums": sums.encode()}, "./")),
        ("data.tar.xz", release.tar(with_parents(tree), "./")),
    ]
    made = b"!<arch>\n"
    for name, content in members:
        if name.endswith(".xz"):
            content = lzma.compress(content, preset=release.level)
        made += f"{name:<16}{release.epoch:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        made += content + b"\n" * (len(content) % 2)
    return f"{release.name}_{release.version}_{program.deb}.deb", made


SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: {summary}
License: {license}
AutoReqProv: no
%description
{summary}
%install
cp -a {tree}/. %{{buildroot}}
%files
{listed}
"""


def rpm(release, program):
    """Made by rpmbuild; nothing where that is not installed."""
    if shutil.which("rpmbuild") is None:
        print(f"rpmbuild is not installed: no rpm for {program.rust}")
        return None
    with tempfile.TemporaryDirectory() as top:
        tree = pathlib.Path(top, "tree")
        entries = release.tree(program, "site-functions")
        for name, entry in entries.items():
            data, mode = entry if isinstance(entry, tuple) else (entry, 0o644)
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)
            os.utime(path, (release.epoch, release.epoch))
        listed = "\n".join(f"%attr({'755' if 'usr/bin/' in name else '644'}, root, root) /{name}" for name in sorted(entries))
        spec = pathlib.Path(top, "package.spec")
        spec.write_text(SPEC.format(tree=tree, listed=listed, **vars(release)))
        defined = {
            "_topdir": top, "_buildhost": "localhost", "debug_package": "%{nil}", "__os_install_post": "%{nil}",
            "_build_id_links": "none", "_binary_payload": f"w{release.level}.xzdio", "_rpmdir": f"{top}/out",
            "use_source_date_epoch_as_buildtime": "1", "clamp_mtime_to_source_date_epoch": "1",
            "_rpmfilename": "made.rpm",
        }
        command = ["rpmbuild", "-bb", "--quiet", "--target", f"{program.rpm}-linux"]
        for name, value in defined.items():
            command += ["--define", f"{name} {value}"]
        env = os.environ | {"SOURCE_DATE_EPOCH": str(release.epoch)}
        done = subprocess.run([*command, spec], env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stdout + done.stderr)
        return f"{release.name}-{release.version}-1.{program.rpm}.rpm", pathlib.Path(top, "out/made.rpm").read_bytes()


def wheel(release, program):
    """A wheel whose only content is the program. It is static, so it runs with any C library."""
    # Python writes versions without leading zeros, as we do.
    base = f"{release.name}-{release.version}"
    tags = [f"py3-none-{kind}_{program.python}" for kind in ("manylinux2014", "musllinux_1_1")]
    info = f"{base}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {release.name}\nVersion: {release.version}\nSummary: {release.summary}\nLicense: {release.license}\n"
    kinds = "".join(f"Tag: {tag}\n" for tag in tags)
    entries = {
        f"{base}.data/scripts/{release.name}": (program.bytes, 0o755),
        f"{info}/METADATA": (f"{head}Description-Content-Type: text/markdown\n\n".encode() + release.files["README.md"], 0o644),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: release/pack.py\nRoot-Is-Purelib: false\n{kinds}".encode(), 0o644),
        f"{info}/licenses/LICENSE": (release.files["LICENSE"], 0o644),
        f"{info}/licenses/NOTICES": (release.notices, 0o644),
    }
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = [f"{name},sha256={digest(data)},{len(data)}" for name, (data, _) in entries.items()]
    entries[f"{info}/RECORD"] = ("".join(f"{line}\n" for line in [*record, f"{info}/RECORD,,"]).encode(), 0o644)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=release.level) as file:
        for name, (data, mode) in entries.items():
            one = zipfile.ZipInfo(name, release.when.timetuple()[:6])
            one.external_attr, one.create_system = (0o100000 | mode) << 16, 3
            file.writestr(one, data, zipfile.ZIP_DEFLATED)
    platform = f"manylinux2014_{program.python}.musllinux_1_1_{program.python}"
    return f"{base}-py3-none-{platform}.whl", made.getvalue()


def npm_package(release, manifest, files):
    common = {"version": release.version, "description": release.summary, "license": release.license}
    text = json.dumps(manifest | common, indent=2, sort_keys=True) + "\n"
    entries = {"package/package.json": text.encode(), "package/LICENSE": release.files["LICENSE"]}
    return release.gzip(release.tar(entries | files))


def npm(release, program):
    """The package of one platform: npm takes the one that fits."""
    name = f"@{release.name}/linux-{program.npm}"
    files = {f"package/bin/{release.name}": (program.bytes, 0o755), "package/NOTICES": release.notices}
    made = npm_package(release, {"name": name, "os": ["linux"], "cpu": [program.npm]}, files)
    return f"{release.name}-linux-{program.npm}-{release.version}.tgz", made


def npm_main(release, programs):
    """The package that people install, which has those of all platforms as options."""
    wanted = {f"@{release.name}/linux-{program.npm}": release.version for program in programs}
    manifest = {"name": release.name, "bin": {release.name: "run.js"}, "optionalDependencies": wanted, "engines": {"node": ">=16"}}
    files = {
        "package/run.js": ((ROOT / "packaging/npm/run.js").read_bytes(), 0o755),
        "package/README.md": release.files["README.md"],
    }
    return f"{release.name}-{release.version}.tgz", npm_package(release, manifest, files)


def image(release, programs):
    """An image with the program and nothing else, as an OCI layout in an archive: one for each machine."""
    blobs, manifests = {}, []

    def put(data, media):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": f"application/vnd.oci.image.{media}", "digest": f"sha256:{digest}", "size": len(data)}

    date = release.when.strftime("%Y-%m-%dT%H:%M:%SZ")
    note = {"org.opencontainers.image.version": release.version, "org.opencontainers.image.licenses": release.license,
            "org.opencontainers.image.title": release.name}
    for program in programs:
        # Its own user and home; no shell, no library.
        layer = release.tar(with_parents({
            f"usr/bin/{release.name}": (program.bytes, 0o755),
            "etc/passwd": f"{release.name}:x:65532:65532::/home/{release.name}:/nonexistent\n".encode(),
            "tmp": (None, 0o1777),
            f"home/{release.name}": (None, 0o777),
            f"usr/share/doc/{release.name}/LICENSE": release.files["LICENSE"],
            f"usr/share/doc/{release.name}/NOTICES": release.notices,
        }))
        config = {
            "created": date, "architecture": program.oci, "os": "linux",
            "config": {"User": "65532:65532", "Entrypoint": [f"/usr/bin/{release.name}"], "Env": [f"HOME=/home/{release.name}", "PATH=/usr/bin"],
                       "WorkingDir": f"/home/{release.name}", "Labels": note},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
            "history": [{"created": date, "created_by": "release/pack.py"}],
        }
        manifest = {
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": put(json.dumps(config).encode(), "config.v1+json"),
            "layers": [put(release.gzip(layer), "layer.v1.tar+gzip")],
            "annotations": note,
        }
        own = put(json.dumps(manifest).encode(), "manifest.v1+json")
        manifests.append(own | {"platform": {"os": "linux", "architecture": program.oci}})

    def index(manifests):
        media = "application/vnd.oci.image.index.v1+json"
        return json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": manifests}).encode()

    # One image with a name, in which those of the machines are.
    named = put(index(manifests), "index.v1+json") | {"annotations": {"org.opencontainers.image.ref.name": release.version}}
    entries = blobs | {"index.json": index([named]), "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    return f"{release.name}-{release.version}-oci.tar", release.tar(with_parents(entries))


def source(release):
    """The package of crates.io, as cargo makes it."""
    with tempfile.TemporaryDirectory() as target:
        command = ["cargo", "package", "--locked", "--offline", "--no-verify", "--allow-dirty", "--quiet", "--target-dir", target]
        subprocess.run(command, cwd=ROOT, check=True)
        name = f"{release.name}-{release.version}.crate"
        return name, pathlib.Path(target, "package", name).read_bytes()


def homebrew(release, url, crate):
    """The formula, which builds from source: it needs to know where that is."""
    if url is None:
        print("no --url, from which the source will be downloaded: no formula for Homebrew")
        return None
    text = (ROOT / "packaging/homebrew/zirkabot.rb").read_text()
    values = {"@URL@": url.rstrip("/"), "@VERSION@": release.version, "@SHA256@": hashlib.sha256(crate).hexdigest()}
    for mark, value in values.items():
        text = text.replace(mark, value)
    return f"{release.name}.rb", text.encode()


def main():
    parser = argparse.ArgumentParser(description="Packs programs that are built.")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--binary", action="append", required=True)
    parser.add_argument("--url")
    parser.add_argument("--level", type=int, default=9)
    args = parser.parse_args()
    programs = [Program(path) for path in args.binary]
    release = Release(programs, args.level)
    made = [make(release, program) for program in programs for make in (archive, deb, rpm, wheel, npm)]
    crate = source(release)
    date = release.when.strftime("%Y-%m-%dT%H:%M:%SZ")
    base = f"{release.name}-{release.version}"
    made += [
        npm_main(release, programs),
        image(release, programs),
        crate,
        homebrew(release, args.url, crate[1]),
        (f"{base}.cdx.json", inventory.sbom(release.targets, date).encode()),
        (f"{base}-NOTICES.txt", release.notices),
    ]
    made = dict(file for file in made if file is not None)
    made["SHA256SUMS"] = "".join(f"{hashlib.sha256(made[name]).hexdigest()}  {name}\n" for name in sorted(made)).encode()
    for name, data in made.items():
        (args.out / name).write_bytes(data)


if __name__ == "__main__":
    main()
