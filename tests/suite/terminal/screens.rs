//! Screens as a terminal shows them, at four widths: no line is cut by the terminal, every colour can be read on a dark
//! and on a light background, and each picture is kept in `tests/screens` (`UPDATE_SCREENS=1` writes them anew).

use crate::support::case;
use crate::support::home::Home;
use crate::support::person::Terminal;
use std::num::NonZero;
use std::path::Path;
use vt100::{Color, Parser, Screen};

/// So many that nothing leaves the screen.
const ROWS: u16 = 200;

/// What is shown of it: a name, a fixture's home, the arguments, and what is typed at what.
type Step = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const LIST: (&str, &str) = ("arrows to move", "\x03");

/// The steps of the first minute, and of every minute after.
const STEPS: &[Step] = &[
    ("first-look", "status/empty-home", &[], &[]),
    ("onboard", "status/empty-home", &["onboard"], &[LIST]),
    ("onboard-by-line", "status/empty-home", &["onboard", "--color=always"], &[("Choose", "q\r")]),
    (
        "key-prompt",
        "status/empty-home",
        &["onboard"],
        &[("arrows", "\r"), ("arrows", "\r"), ("hidden", "\x03")],
    ),
    ("doctor", "order/slips-of-profiles", &["doctor"], &[("[q]uit", "?\r"), ("[q]uit", "q\r")]),
    ("why", "status/fallback-missing", &["models", "auth", "why", "openai"], &[]),
    ("plan", "order/of-a-misspelt-provider", &["plan"], &[]),
    ("fallback", "status/fallback-missing", &["models", "status"], &[]),
    ("no-such-agent", "status/empty-home", &["models", "status", "--agent", "hlper"], &[]),
    ("no-key", "status/empty-home", &["models", "auth", "print", "--provider", "anthropic"], &[]),
    (
        "secret-typed",
        "status/empty-home",
        &["models", "auth", "paste-token", "--provider", "zai", "--token", "x"],
        &[],
    ),
    ("unknown-verb", "status/empty-home", &["plna"], &[]),
];

/// The screen of a step on a terminal of so many columns.
fn screen(step: &Step, columns: u16, vars: &[(&str, &str)]) -> Parser {
    let (name, fixture, args, talk) = step;
    let home = Home::named(fixture);
    let dumb = name.ends_with("-by-line");
    let vars = [&[("TERM", if dumb { "dumb" } else { "xterm-256color" })], vars].concat();
    let seen = Terminal { home: &home, vars: &vars, size: (columns, ROWS) }.talk(args, talk);
    let [rows, columns] = [ROWS, columns].map(|size| NonZero::new(size).unwrap());
    let mut parser = Parser::new(rows, columns, 0);
    // What is asked, before it is answered by quitting.
    let quits = talk.last().is_some_and(|(_, keys)| *keys == "\x03");
    parser.process(if quits { &seen.asked } else { &seen.text }.as_bytes());
    parser
}

/// Its lines, the home's directory as people write it, so that it is the same wherever the tests run.
fn picture(screen: &Screen, columns: u16) -> String {
    let lines: Vec<String> = screen.rows(0, columns).map(|line| line.trim_end().to_owned()).collect();
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines[..end].iter().map(|line| format!("{line}\n")).collect()
}

/// Lines that the terminal had to cut, but for a word that is longer than a line.
fn cut(screen: &Screen, columns: u16) -> Vec<String> {
    let rows: Vec<String> = screen.rows(0, columns).collect();
    let is_word = |at: usize| !rows[at].trim().contains(' ');
    let wrapped = (0..ROWS).filter(|row| screen.row_wrapped(*row)).map(usize::from);
    wrapped.filter(|at| !is_word(*at)).map(|at| rows[at].clone()).collect()
}

#[test]
fn no_line_is_cut_at_any_width_and_every_picture_is_as_it_was() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
    let mut wrong = Vec::new();
    for step in STEPS {
        for columns in [40, 60, 80, 120] {
            let parser = screen(step, columns, &[]);
            let picture = picture(parser.screen(), columns);
            for line in cut(parser.screen(), columns) {
                wrong.push(format!("{} at {columns}: the terminal cut {line:?}\n{picture}", step.0));
            }
            let path = dir.join(format!("{}-{columns}.txt", step.0));
            if std::env::var_os("UPDATE_SCREENS").is_some() {
                std::fs::create_dir_all(&dir).unwrap();
                std::fs::write(&path, &picture).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != picture {
                wrong.push(format!("{} differs; it is now:\n{picture}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A colour of the palette that a terminal comes with.
struct Palette {
    name: &'static str,
    /// Whether `COLORFGBG` says what it is.
    says: Option<&'static str>,
    background: [u8; 3],
    foreground: [u8; 3],
    sixteen: [[u8; 3]; 16],
}

const fn rgb(hex: u32) -> [u8; 3] {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
}

const fn palette(hex: [u32; 16]) -> [[u8; 3]; 16] {
    let mut out = [[0; 3]; 16];
    let mut at = 0;
    while at < 16 {
        out[at] = rgb(hex[at]);
        at += 1;
    }
    out
}

const XTERM: [[u8; 3]; 16] = palette([
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000,
    0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
]);
const VGA: [[u8; 3]; 16] = palette([
    0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa, 0x555555, 0xff5555,
    0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
]);

const PALETTES: [Palette; 5] = [
    Palette {
        name: "xterm, black",
        says: None,
        background: [0; 3],
        foreground: rgb(0xe5e5e5),
        sixteen: XTERM,
    },
    Palette { name: "xterm, white", says: None, background: [255; 3], foreground: [0; 3], sixteen: XTERM },
    Palette {
        name: "dark",
        says: Some("15;0"),
        background: rgb(0x1e1e1e),
        foreground: rgb(0xcccccc),
        sixteen: XTERM,
    },
    Palette {
        name: "light",
        says: Some("0;15"),
        background: rgb(0xfafafa),
        foreground: rgb(0x333333),
        sixteen: XTERM,
    },
    Palette {
        name: "console",
        says: Some("7;0"),
        background: [0; 3],
        foreground: rgb(0xaaaaaa),
        sixteen: VGA,
    },
];

/// The colour of a cell, whose number is one of the sixteen, of the cube, or of the greys.
fn colour(palette: &Palette, of: Color) -> [u8; 3] {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match of {
        Color::Default => palette.foreground,
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Idx(code @ 0..16) => palette.sixteen[usize::from(code)],
        Color::Idx(code @ 16..232) => [36, 6, 1].map(|of| STEPS[usize::from((code - 16) / of % 6)]),
        Color::Idx(code) => [8 + 10 * (code - 232); 3],
    }
}

/// The relative luminance, as WCAG 2 defines it.
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        low if low <= 0.03928 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn every_colour_can_be_read_on_dark_and_on_light() {
    let mut colours = 0;
    for step in STEPS {
        for palette in &PALETTES {
            let says: Vec<_> = palette.says.map(|says| ("COLORFGBG", says)).into_iter().collect();
            let parser = screen(step, 80, &says);
            let cells = (0..ROWS).flat_map(|row| (0..80).map(move |column| (row, column)));
            for cell in cells.filter_map(|(row, column)| parser.screen().cell(row, column)) {
                if cell.has_contents() && !cell.inverse() {
                    colours += usize::from(cell.fgcolor() != Color::Default);
                    let ratio = contrast(colour(palette, cell.fgcolor()), palette.background);
                    assert!(
                        ratio >= 4.5,
                        "{} on {}: {:?} has {ratio:.2}",
                        step.0,
                        palette.name,
                        cell.fgcolor()
                    );
                }
            }
        }
    }
    assert!(colours > 1000, "there is colour: {colours}");
}

#[test]
fn times_are_local_and_utc_on_demand() {
    let home = Home::named("status/expired-setup-token");
    for (args, zone) in [(&["models", "status"][..], "CET)"), (&["models", "status", "--utc"], "UTC)")] {
        let vars = [("TZ", "CET-1CEST,M3.5.0,M10.5.0/3"), ("TERM", "dumb")];
        let seen = Terminal { home: &home, vars: &vars, size: (100, 60) }.talk(args, &[]).text;
        let hour = if zone == "CET)" { "2026-11-22 05:00" } else { "2026-11-22 04:00" };
        assert!(seen.contains(&format!("({hour} {zone}")), "{seen}");
    }
    let vars = [("TZ", "CET-1")];
    let seen = Terminal { home: &home, vars: &vars, size: (100, 60) }
        .talk(&["models", "status", "--json"], &[])
        .text;
    assert!(!seen.contains("CET"), "a document is in UTC: {seen}");
}

#[test]
fn without_utf8_everything_is_drawn_in_ascii() {
    for step in STEPS {
        let parser = screen(step, 80, &[("LANG", "C"), ("LC_ALL", "C")]);
        let picture = picture(parser.screen(), 80);
        assert!(picture.is_ascii(), "{}: {picture}", step.0);
    }
}

/// The home of every fixture at the narrowest: what has more columns is one word, or part of a picture.
#[test]
fn what_is_told_of_any_home_fits_into_forty_columns() {
    const TOLD: [&str; 7] = [
        "models status --verbose",
        "doctor --dry-run",
        "models auth list",
        "models list",
        "env",
        "history",
        "service status",
    ];
    let mut wide = Vec::new();
    for case in case::all() {
        let mut home = Home::named(&case.name);
        home.on_a_terminal(40);
        for line in TOLD {
            let (_, stdout, stderr) = home.run(&format!("zirkabot {line} --color never"));
            let drawn =
                |text: &str| text.starts_with(['╭', '│', '·', '+', '-', '@', '~']) || text.contains(" │");
            // A long word stands on a line that cannot hold it, behind what belongs before it.
            let is_word =
                |text: &str| text.trim().rsplit(' ').next().is_some_and(|word| word.chars().count() > 20);
            let long = |text: &&str| text.chars().count() > 40 && !is_word(text) && !drawn(text.trim());
            let lines = stdout.lines().chain(stderr.lines()).filter(long);
            wide.extend(lines.map(|text| format!("{} {line}: {text}", case.name)));
        }
    }
    assert!(wide.is_empty(), "{}\n{}", wide.len(), wide.join("\n"));
}
