//! From bytes to words (text.wit).

use abi::export;

const MOST_PARTS: u32 = 1_000;

fn split(text: &str, parts: u32) -> Vec<String> {
    assert!(parts > 0 && parts <= MOST_PARTS, "{parts} parts are none or too many");
    let mut rest = text;
    let mut list = Vec::new();
    for left in (2..=parts as usize).rev() {
        let mut from = rest.len() / left;
        while !rest.is_char_boundary(from) {
            from += 1
        }
        let (part, after) = rest.split_at(rest[from..].find(char::is_whitespace).map_or(rest.len(), |at| from + at));
        list.push(part.to_string());
        rest = after;
    }
    list.push(rest.to_string());
    list
}

fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut joint = None;
    let mut inside = false;
    for letter in text.chars() {
        if letter.is_alphabetic() {
            if !inside && !out.is_empty() {
                out.push(' ')
            }
            if let Some(mark) = joint.take() {
                out.push(mark)
            }
            out.extend(letter.to_lowercase());
            inside = true;
        } else if inside && joint.is_none() && matches!(letter, '\'' | '’' | '-') {
            // It belongs to the word if a letter follows.
            joint = Some(if letter == '-' { '-' } else { '\'' });
        } else {
            joint = None;
            inside = false;
        }
    }
    out
}

export!(memory "split" [at: i32, length: i32, n: i32] (text: Vec<u8>, parts: u32) -> Vec<String> {
    split(std::str::from_utf8(&text).unwrap(), parts)
});

export!(memory "normalise" [at: i32, length: i32] (text: String) -> String { normalise(&text) });

export!(memory "words" [at: i32, length: i32] (text: Vec<u8>) -> Vec<String> {
    std::str::from_utf8(&text).unwrap().split_whitespace().map(str::to_string).collect()
});
