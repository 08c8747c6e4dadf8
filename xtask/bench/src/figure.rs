//! What a line of the benchmarks found: figures with their targets, as data. How they look is decided elsewhere.

use crate::samples::Samples;

/// What was aimed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Target {
    /// Whether it was met.
    pub(crate) fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

/// Measurements of one thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: String,
    /// In which unit.
    pub(crate) unit: &'static str,
    /// The measurements.
    pub(crate) samples: Samples,
    /// What the median was to be, if anything.
    pub(crate) target: Option<Target>,
}

impl Figure {
    /// A figure that nothing is asked of: a peer, a limit, or a part of another one.
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, samples: Samples) -> Self {
        Self {
            what: what.into(),
            unit,
            samples,
            target: None,
        }
    }

    /// The same, with what its median is to be.
    pub(crate) fn aims(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// Whether the target was met, if there is one.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.target.map(|target| target.is_met_by(self.samples.median()))
    }
}

/// One line of the benchmarks with everything it found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Section {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) title: &'static str,
    /// What it found, or why it found nothing.
    pub(crate) found: Result<Found, String>,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
}

/// Figures, and what must be known to read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    /// The figures, in the order in which they are shown.
    pub(crate) figures: Vec<Figure>,
    /// How they came about, in sentences.
    pub(crate) notes: Vec<String>,
}

impl Found {
    /// One more figure.
    pub(crate) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// One more sentence.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }
}
