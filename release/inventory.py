"""What is built into the program: as a CycloneDX document, and as the licenses of all of it."""

import hashlib
import json
import pathlib
import subprocess
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What holds a license, in the source of a crate.
TEXTS = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE")


def asked(*words):
    """What cargo says. Packing asks no registry: what was built is here."""
    command = ["cargo", *words, "--locked", "--offline"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def crates(target):
    """The crates that a program for this system is made of, by id, and which of them each one needs."""
    # `cargo metadata` also has what only tests need, and what their features want of others.
    lines = asked("tree", "--edges=normal,build", "--prefix=none", "--format={p}", "--target", target).splitlines()
    built = {tuple(line.split()[:2]) for line in lines if line}
    metadata = json.loads(asked("metadata", "--format-version=1", "--filter-platform", target))
    packages = {p["id"]: p for p in metadata["packages"] if (p["name"], f"v{p['version']}") in built}
    nodes = (node for node in metadata["resolve"]["nodes"] if node["id"] in packages)
    needs = {
        node["id"]: sorted(
            dep["pkg"]
            for dep in node["deps"]
            if dep["pkg"] in packages and any(kind["kind"] != "dev" for kind in dep["dep_kinds"])
        )
        for node in nodes
    }
    return metadata["resolve"]["root"], packages, needs


def merged(targets):
    """The same for several systems together."""
    root, packages, needs = None, {}, {}
    for target in targets:
        root, more, others = crates(target)
        packages |= more
        for own, deps in others.items():
            needs[own] = sorted({*needs.get(own, []), *deps})
    return root, packages, needs


def checksums():
    """The digest of each crate, from Cargo.lock."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(own["name"], own["version"]): own.get("checksum") for own in lock["package"]}


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, digest):
    made = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        # An old way to write "or", which is not SPDX.
        "licenses": [{"expression": package["license"].replace("/", " OR ")}] if package["license"] else [],
    }
    if package["description"]:
        made["description"] = " ".join(package["description"].split())
    if digest:
        made["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return made


def sbom(targets, date):
    """A CycloneDX document of the program."""
    root, packages, needs = merged(targets)
    digests = checksums()
    made = {own: component(p, digests[p["name"], p["version"]]) for own, p in packages.items()}
    main = made.pop(root) | {"type": "application"}
    seed = hashlib.sha256((ROOT / "Cargo.lock").read_bytes()).hexdigest() + main["purl"]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # The same for the same crates.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {"timestamp": date, "component": main},
        "components": sorted(made.values(), key=lambda own: own["bom-ref"]),
        "dependencies": sorted(
            ({"ref": purl(packages[own]), "dependsOn": [purl(packages[d]) for d in deps]} for own, deps in needs.items()),
            key=lambda own: own["ref"],
        ),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def assumed(package):
    """The license of a crate that names one and has no text of it: ours, with its authors."""
    if "MIT" not in (package["license"] or "") or not package["authors"]:
        raise SystemExit(f"{package['name']} has no license that can be handed on")
    head, _, body = (ROOT / "LICENSE").read_text().split("\n\n", 2)
    return f"{head}\n\nCopyright (c) {', '.join(package['authors'])}\n\n{body}"


def notices(targets):
    """The licenses of all crates, each text once, with the crates that it is about."""
    root, packages, _ = merged(targets)
    about, named = {}, []
    for package in sorted((p for own, p in packages.items() if own != root), key=lambda p: (p["name"], p["version"])):
        name = f"{package['name']} {package['version']}"
        named.append(f"{name}: {package['license']}")
        folder = pathlib.Path(package["manifest_path"]).parent
        files = sorted(path for path in folder.iterdir() if path.is_file() and path.name.upper().startswith(TEXTS))
        for text in [path.read_text(errors="replace") for path in files] or [assumed(package)]:
            text = "\n".join(line.rstrip() for line in text.strip().splitlines())
            about.setdefault(text, []).append(name)
    parts = ["zirkabot is made with these crates:\n\n" + "\n".join(named)]
    parts += ["\n".join(dict.fromkeys(names)) + "\n\n" + text for text, names in about.items()]
    return ("\n\n" + "=" * 78 + "\n\n").join(parts) + "\n"
