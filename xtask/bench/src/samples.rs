//! Several measurements of the same thing, in order.

use std::time::Duration;

/// At least one measurement; in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Measurements in any order; one that is not there counts as 0.
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        if values.is_empty() {
            values.push(0.0);
        }
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// A figure that is counted rather than measured.
    pub(crate) fn one(value: f64) -> Self {
        Self::new(vec![value])
    }

    /// The middle one; of two middle ones their mean.
    pub(crate) fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len().is_multiple_of(2) {
            f64::midpoint(self.0[middle - 1], self.0[middle])
        } else {
            self.0[middle]
        }
    }

    /// The smallest.
    pub(crate) fn min(&self) -> f64 {
        self.0[0]
    }

    /// The largest.
    pub(crate) fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    /// The smallest one that is not exceeded by so many percent of all (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Microseconds.
pub(crate) fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// So many things in that time, per second.
pub(crate) fn per_second(things: f64, duration: Duration) -> f64 {
    things / duration.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle_and_percentiles_are_measured_values() {
        let samples = Samples::new(vec![4.0, 1.0, 3.0, 2.0]);
        let all = (samples.median(), samples.min(), samples.max());
        assert_eq!(all, (2.5, 1.0, 4.0));
        let percentiles = [1, 50, 75, 95, 100].map(|percent| samples.percentile(percent));
        assert_eq!(percentiles, [1.0, 2.0, 3.0, 4.0, 4.0]);
        assert_eq!(Samples::new(vec![3.0, 1.0, 2.0]).median(), 2.0);
    }
}
