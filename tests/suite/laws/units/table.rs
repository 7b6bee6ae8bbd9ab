//! Units with what people write into them.

/// Files of a unit below a root, which they call `[ROOT]`.
pub(super) struct Unit {
    pub(super) what: &'static str,
    /// Its name without `.service`.
    pub(super) name: &'static str,
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) links: &'static [(&'static str, &'static str)],
    /// Whether systemd loads it.
    pub(super) loads: bool,
}

/// A unit of one file, in which these lines stand.
macro_rules! lines {
    ($what:literal, $lines:literal $(, $path:literal: $text:literal)*) => {
        Unit {
            what: $what,
            name: "bot",
            files: &[
                (
                    "etc/systemd/system/bot.service",
                    concat!("[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh gateway\n", $lines, "\n"),
                ),
                $(($path, $text)),*
            ],
            links: &[],
            loads: true,
        }
    };
}

/// A unit of several files; the first one also gets what each needs.
macro_rules! files {
    ($what:literal, $name:literal, $first:literal: $text:literal $(, $path:literal: $other:literal)*) => {
        Unit {
            what: $what,
            name: $name,
            files: &[
                ($first, concat!("[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh gateway\n", $text, "\n")),
                $(($path, concat!("[Service]\n", $other, "\n"))),*
            ],
            links: &[],
            loads: true,
        }
    };
}

pub(super) const CASES: &[Unit] = &[
    lines!("plain", "Environment=A=b"),
    lines!("several", "Environment=A=b C=d\nEnvironment=E=f"),
    lines!("the later one", "Environment=A=1 A=2\nEnvironment=A=3"),
    lines!("taken back", "Environment=A=1\nEnvironment=\nEnvironment=B=2"),
    lines!("double quotes around all", "Environment=\"A=b c\" \"D=e f\""),
    lines!("single quotes around all", "Environment='A=b c' 'D=e \"f\"'"),
    lines!("quotes around the value", "Environment=A=\"b c\" D='e f'"),
    lines!("quotes inside a word", "Environment=A=b\"c d\"e'f g'"),
    lines!("quotes in quotes", "Environment=\"A='b'\" 'C=\"d\"'"),
    lines!("escaped quotes", "Environment=\"A=b \\\"c\\\"\" B=\\'x\\'"),
    lines!("escapes", "Environment=A=b\\sc B=\\x41\\102 C=\\u20ac D=a\\tb"),
    lines!("escaped backslash", "Environment=A=b\\\\c"),
    lines!("bytes that are UTF-8 together", "Environment=A=\\xe2\\x82\\xac"),
    lines!("unknown escape ends the line", "Environment=A=b B=\\q C=d\nEnvironment=D=e"),
    lines!("open quote ends the line", "Environment=A=b \"C=d\nEnvironment=D=e"),
    lines!("an escape of nothing", "Environment=A=b B=x\\x00y C=d"),
    lines!("empty values", "Environment=A= B=\"\" C=''"),
    lines!("no assignment", "Environment=A=b word C=d"),
    lines!("names that are none", "Environment=1A=b A-B=c _A=d A.B=e"),
    lines!("signs in values", "Environment=A=b=c=d B=# C=; D=$HOME E=`x`"),
    lines!("a comment is none behind a value", "Environment=A=b # C=d"),
    lines!("line continued", "Environment=A=b \\\n  C=d \\\n  E=f"),
    lines!("comments between continued lines", "Environment=A=b \\\n# C=1\n  ; D=2\n  E=f"),
    lines!("continued in quotes", "Environment=\"A=b \\\n   c\""),
    lines!("spaces around the sign", "Environment =  A=b  "),
    lines!("tabs between", "Environment=A=b\tC=d"),
    lines!("another section", "[Install]\nEnvironment=A=b\n[Service]\nEnvironment=C=d"),
    lines!("keys have upper and lower case", "environment=A=b\nEnvironment=C=d"),
    lines!("specifiers", "Environment=A=%n B=%N C=%p D=%%h E=%E F=%S G=%t H=100%%"),
    lines!("unset by name", "Environment=A=1 B=2\nUnsetEnvironment=A C"),
    lines!("unset by value", "Environment=A=1 B=2\nUnsetEnvironment=A=1 B=1"),
    lines!("unset taken back", "Environment=A=1\nUnsetEnvironment=A\nUnsetEnvironment="),
    lines!("file", "Environment=A=1 B=2\nEnvironmentFile=[ROOT]/e", "e": "A=3\n# C=4\n; D=5\nE = f g \n"),
    lines!("file with quotes", "EnvironmentFile=[ROOT]/e", "e": "A=\"b c\"\nB='d \\n e'\nC=\"f \\\"g\\\" \\\\ \\$h\"\nD=a\"b\"\nE=a\\ b\n"),
    lines!("file that goes on", "EnvironmentFile=[ROOT]/e", "e": "A=b\\\nc\nB=\"d\ne\"\nC=\"f\\\ng\"\n"),
    lines!("files in order", "EnvironmentFile=[ROOT]/f\nEnvironmentFile=[ROOT]/e", "e": "A=1\n", "f": "A=2\nB=3\n"),
    lines!("files by pattern", "EnvironmentFile=[ROOT]/*.env", "b.env": "A=2\n", "a.env": "A=1\nB=1\n", "c.txt": "A=3\n"),
    lines!("absent file", "EnvironmentFile=-[ROOT]/absent\nEnvironment=A=1"),
    lines!("files taken back", "EnvironmentFile=[ROOT]/e\nEnvironmentFile=\nEnvironment=B=1", "e": "A=1\n"),
    lines!("relative file", "EnvironmentFile=e\nEnvironment=B=1", "e": "A=1\n"),
    lines!("file of the unit's name", "EnvironmentFile=[ROOT]/%p.env", "bot.env": "A=1\n"),
    lines!("file with export", "EnvironmentFile=[ROOT]/e", "e": "export A=1\nB=2\n"),
    files!("drop-ins by name", "bot", "etc/systemd/system/bot.service": "Environment=A=0",
        "etc/systemd/system/bot.service.d/20.conf": "Environment=A=2",
        "etc/systemd/system/bot.service.d/10.conf": "Environment=A=1 B=1"),
    files!("a drop-in takes back", "bot", "etc/systemd/system/bot.service": "Environment=A=0",
        "etc/systemd/system/bot.service.d/10.conf": "Environment=\nEnvironment=B=1"),
    files!("same name, nearer directory", "bot", "usr/lib/systemd/system/bot.service": "Environment=A=0",
        "usr/lib/systemd/system/bot.service.d/10.conf": "Environment=A=1 B=1",
        "run/systemd/system/bot.service.d/10.conf": "Environment=A=2",
        "etc/systemd/system/bot.service.d/10.conf": "Environment=A=3"),
    files!("the nearer unit", "bot", "etc/systemd/system/bot.service": "Environment=A=0",
        "run/systemd/system/bot.service": "Environment=A=1",
        "usr/local/lib/systemd/system/bot.service": "Environment=A=2"),
    files!("for all services", "bot", "etc/systemd/system/bot.service": "Environment=A=0",
        "usr/lib/systemd/system/service.d/10.conf": "Environment=A=1 C=1",
        "etc/systemd/system/bot.service.d/10.conf": "Environment=A=2",
        "etc/systemd/system/service.d/99.conf": "Environment=D=1"),
    files!("by prefix", "my-bot-one", "etc/systemd/system/my-bot-one.service": "Environment=A=0",
        "etc/systemd/system/my-.service.d/30.conf": "Environment=A=3",
        "etc/systemd/system/my-bot-.service.d/20.conf": "Environment=A=2 B=%j"),
    files!("prefix and same name", "my-bot", "etc/systemd/system/my-bot.service": "Environment=A=0",
        "etc/systemd/system/my-.service.d/10.conf": "Environment=A=1",
        "usr/lib/systemd/system/my-bot.service.d/10.conf": "Environment=A=2"),
    files!("not a drop-in", "bot", "etc/systemd/system/bot.service": "Environment=A=0",
        "etc/systemd/system/bot.service.d/10.conf.bak": "Environment=A=1",
        "etc/systemd/system/bot.d/10.conf": "Environment=A=2"),
    files!("instance of a template", "bot@a-b", "etc/systemd/system/bot@.service": "Environment=A=%i B=%I C=%p",
        "etc/systemd/system/bot@.service.d/10.conf": "Environment=D=1",
        "etc/systemd/system/bot@a-b.service.d/10.conf": "Environment=D=2",
        "run/systemd/system/bot@.service.d/20.conf": "Environment=E=%N"),
    files!("instance with a file of its own", "bot@x", "usr/lib/systemd/system/bot@x.service": "Environment=A=%i",
        "etc/systemd/system/bot@.service": "Environment=A=template"),
    Unit {
        what: "a drop-in is switched off",
        name: "bot",
        files: &[
            (
                "etc/systemd/system/bot.service",
                "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\nEnvironment=A=0\n",
            ),
            ("usr/lib/systemd/system/bot.service.d/10.conf", "[Service]\nEnvironment=A=1\n"),
        ],
        links: &[("etc/systemd/system/bot.service.d/10.conf", "/dev/null")],
        loads: true,
    },
    Unit {
        what: "a unit elsewhere",
        name: "bot",
        files: &[(
            "opt/bot.service",
            "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\nEnvironment=A=0\n",
        )],
        links: &[("etc/systemd/system/bot.service", "[ROOT]/opt/bot.service")],
        loads: false,
    },
];
