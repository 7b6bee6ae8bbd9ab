//! An address as a QR code: for a telephone, where the terminal's own machine has no browser.

use crate::report::style::Style;
use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around it, as ISO/IEC 18004 wants them.
const QUIET: i32 = 4;

/// The code in half blocks, two modules a sign; none where the terminal is too narrow for it or has no such signs.
pub(crate) fn qr(text: &str, style: Style) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let places = -QUIET..code.size() + QUIET;
    if !style.unicode || places.len() > style.width {
        return None;
    }
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    // Light on dark in all terminals, where that can be said.
    let (begin, end) = if style.color { ("\u{1b}[97;40m", "\u{1b}[0m") } else { ("", "") };
    let mut lines = String::new();
    for y in places.clone().step_by(2) {
        lines.push_str(begin);
        lines.extend(places.clone().map(|x| match (is_light(x, y), is_light(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        }));
        lines.push_str(end);
        lines.push('\n');
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use crate::report::qr::*;

    /// What a reader sees in it.
    fn read(drawn: &str) -> String {
        let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let is_dark = |x: usize, y: usize| match lines[y / 2][x] {
            '█' => false,
            '▀' => y % 2 == 1,
            '▄' => y.is_multiple_of(2),
            _ => true,
        };
        // A pixel for a module is too small for readers.
        let (wide, high) = (lines[0].len() * 4, lines.len() * 8);
        let dark = |x: usize, y: usize| if is_dark(x / 4, y / 4) { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, dark);
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_reads_the_address_and_a_narrow_terminal_gets_none() {
        let style = Style { width: 80, ..Style::PLAIN };
        let query =
            "client_id=app_0123456789&scope=openid+profile+email&state=".to_owned() + &"x".repeat(260);
        for address in
            ["https://example.com/device?code=ABCD-EFGH", &format!("https://example.com/authorize?{query}")]
        {
            let drawn = qr(address, style).unwrap();
            assert_eq!(read(&drawn), address);
            assert!(drawn.lines().all(|line| line.chars().count() <= 80));
            assert!(
                drawn.starts_with("████") && drawn.lines().all(|line| line.starts_with("████")),
                "{drawn}"
            );
            assert_eq!(qr(address, Style { width: 20, ..style }), None);
            assert_eq!(qr(address, Style { unicode: false, ..style }), None);
        }
        let drawn = qr("https://example.com", Style { color: true, ..style }).unwrap();
        assert!(drawn.lines().all(|line| line.starts_with("\u{1b}[97;40m") && line.ends_with("\u{1b}[0m")));
        assert_eq!(qr(&"x".repeat(5_000), style), None);
    }
}
