//! Time as C's asctime(3) writes it. Profiles compare and print these strings.

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

const ASCTIME: StaticFormatDescription =
    format_description!("[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]");

/// Seconds since 1970, now.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Writes seconds since 1970, in UTC.
pub(crate) fn asctime(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(ASCTIME).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_asctimes() {
        assert_eq!(asctime(1_795_282_213), "Sat Nov 21 17:30:13 2026");
        assert_eq!(asctime(0), "Thu Jan  1 00:00:00 1970", "the day is padded with a blank");
    }
}
