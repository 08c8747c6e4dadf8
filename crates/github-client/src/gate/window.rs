//! What was used within the last so many seconds.

use domain_types::Timestamp;
use std::collections::VecDeque;

/// A sliding window over what was used. Its length is bounded by what may be used within it.
#[derive(Debug)]
pub(super) struct Window {
    seconds: u64,
    max: u32,
    used: VecDeque<(Timestamp, u32)>,
}

impl Window {
    pub(super) fn new(seconds: u64, max: u32) -> Self {
        Self {
            seconds,
            max,
            used: VecDeque::new(),
        }
    }

    /// What may be used within it.
    pub(super) fn max(&self) -> u32 {
        self.max
    }

    /// When `amount` fits; none if it fits now. More than the whole window is as much as the whole window.
    pub(super) fn fits_at(&self, amount: u32, now: Timestamp) -> Option<Timestamp> {
        let wanted = amount.min(self.max);
        let live = self
            .used
            .iter()
            .filter(|(at, _)| at.plus_seconds(self.seconds) > now);
        let mut sum: u32 = live.clone().map(|(_, amount)| amount).sum();
        if sum + wanted <= self.max {
            return None;
        }
        for (at, amount) in live {
            sum -= amount;
            if sum + wanted <= self.max {
                return Some(at.plus_seconds(self.seconds));
            }
        }
        None
    }

    /// Uses `amount`, and forgets what has left the window.
    pub(super) fn use_up(&mut self, amount: u32, now: Timestamp) {
        while let Some((at, _)) = self.used.front() {
            if at.plus_seconds(self.seconds) > now {
                break;
            }
            self.used.pop_front();
        }
        self.used.push_back((now, amount));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn what_does_not_fit_fits_when_enough_has_left_the_window() {
        let mut window = Window::new(60, 10);
        window.use_up(5, at(0));
        window.use_up(5, at(10));
        assert_eq!(window.fits_at(5, at(20)), Some(at(60)));
        assert_eq!(window.fits_at(6, at(20)), Some(at(70)));
        assert_eq!(window.fits_at(5, at(60)), None);
        assert_eq!(window.fits_at(99, at(70)), None);
    }

    proptest! {
        #[test]
        fn no_span_of_the_window_ever_holds_more_than_its_limit(
            steps in proptest::collection::vec((0_i64..40, 1_u32..6), 1..60)
        ) {
            let mut window = Window::new(60, 10);
            let mut now = 0;
            let mut used: Vec<(i64, u32)> = Vec::new();
            for (pause, amount) in steps {
                now += pause;
                if let Some(due) = window.fits_at(amount, at(now)) {
                    prop_assert!(due > at(now));
                    now = due.seconds();
                    prop_assert_eq!(window.fits_at(amount, at(now)), None);
                }
                window.use_up(amount, at(now));
                used.push((now, amount));
                let within: u32 = used.iter().filter(|(then, _)| then + 60 > now).map(|(_, amount)| amount).sum();
                prop_assert!(within <= 10);
            }
        }
    }
}
