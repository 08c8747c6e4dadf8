//! Durations for people.

/// `0.4 s`, `12 s`, `3 m 05 s`, `2 h 07 m`.
pub(crate) fn seconds(milliseconds: u64) -> String {
    let whole = milliseconds / 1000;
    match whole {
        0..=9 => format!("{whole}.{} s", milliseconds % 1000 / 100),
        10..=59 => format!("{whole} s"),
        60..=3599 => format!("{} m {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} m", whole / 3600, whole % 3600 / 60),
    }
}
