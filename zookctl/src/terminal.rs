//! What a service said, made fit for root's terminal.

/// The text with its control characters written out, as JSON writes them: a terminal obeys them, and who asks a service
/// that was broken into must not be led by it. Ends of lines stay.
pub(crate) fn inert(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_service_says_moves_the_cursor() {
        assert_eq!(
            inert("a\u{1b}]0;b\u{7}\r\u{7f}\u{9b}2J\n\u{e9}"),
            "a\\u001b]0;b\\u0007\\u000d\\u007f\\u009b2J\n\u{e9}"
        );
    }
}
