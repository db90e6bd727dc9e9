//! How much text there is room for. Letters all have one width, so that this can be known without a font.

/// A letter of 12 px is at most this wide, in hundredths of a pixel: DejaVu Sans Mono's are 7.22.
const LETTER: u32 = 730;
/// One of 10 px.
const TINY: u32 = 610;
/// Longer texts are cut: they come from drivers.
const LONGEST: usize = 300;

/// Pixels that a text of the usual size takes.
pub(super) fn width(text: &str) -> u32 {
    pixels(text, LETTER)
}

/// Pixels that a tiny text takes.
pub(super) fn tiny(text: &str) -> u32 {
    pixels(text, TINY)
}

fn pixels(text: &str, letter: u32) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX).saturating_mul(letter).div_ceil(100)
}

/// The first lines of a label that fit side by side into so many pixels: the whole, in two, its beginning, none.
pub(super) fn label(name: &str, room: u32) -> Vec<&str> {
    let parts = name.split_once('.').or_else(|| name.split_once('-'));
    let in_two = parts.map(|(first, second)| vec![first, second]);
    let first = parts.map(|(first, _)| vec![first]);
    let mut choices = std::iter::once(vec![name]).chain(in_two).chain(first);
    choices.find(|lines| lines.iter().all(|line| width(line) <= room)).unwrap_or_default()
}

/// A text in lines of so many pixels, broken between words, and inside of one that no line could hold.
pub(super) fn folded(text: &str, room: u32) -> Vec<String> {
    let letters = (room.saturating_mul(100) / LETTER).max(8) as usize;
    let mut lines: Vec<String> = Vec::new();
    for word in cut(text, LONGEST).split_whitespace() {
        let word: Vec<char> = word.chars().collect();
        for piece in word.chunks(letters) {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + piece.len() <= letters => {
                    line.push(' ');
                    line.extend(piece);
                }
                _ => lines.push(piece.iter().collect()),
            }
        }
    }
    lines
}

/// As much of a text as fits into so many letters, with a mark where something is left out.
pub(super) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
