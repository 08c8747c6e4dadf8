//! The sorts of findings and how much each matters.

use crate::Severity;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $severity:ident;)+) => {
        /// What sort of finding it is. The text of [`Code::as_str`] is part of the JSON.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code in kebab case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// How much it matters while the rules are enforced.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// A key that says itself that it is none.
    PlaceholderKey = "placeholder-key", Error;
    /// A key whose secret is known, or that is marked as one for tests.
    TestKey = "test-key", Error;
    /// A key that cannot be one.
    BadKey = "bad-key", Error;
    /// A person without a key.
    NoKey = "no-key", Error;
    /// One key for two people.
    SharedKey = "shared-key", Error;
    /// One person twice in one file.
    PersonTwice = "person-twice", Error;
    /// A person who is listed and not active.
    PersonInactive = "person-inactive", Note;
    /// One login with other keys in another file.
    KeysDiffer = "keys-differ-by-layer", Warning;
    /// No file says who maintains a layer.
    NoKeyFile = "no-key-file", Error;
    /// A file of maintainers whose name gives no layer.
    MaintainersOfNoLayer = "maintainers-of-no-layer", Warning;
    /// A person who is active in one file of a layer and not in another.
    StatusDiffers = "status-differs", Warning;
    /// No file says who maintains the rules themselves, so those of the first layer do.
    RulesOfFirstLayer = "rules-of-first-layer", Note;
    /// Names of maintainers that are nobody's login.
    IdsAreNoLogins = "ids-are-no-logins", Warning;
    /// Nothing, or more than all, must sign.
    ThresholdImpossible = "threshold-impossible", Error;
    /// More signatures are asked for than people can give.
    PoolTooSmall = "pool-too-small", Error;
    /// The M of N-of-M is not the number of people there are.
    TotalDiffersFromPool = "total-differs-from-pool", Warning;
    /// A threshold of keyholders has another number of keyholders in mind than there are.
    KeyholdersDiffer = "keyholders-differ", Warning;
    /// A tier asks more of the rules' own files than the rules for them say.
    MetaDiffersFromTier = "meta-differs-from-tier", Warning;
    /// The days of an emergency tier that the layer's days overrule.
    DaysOverruled = "days-overruled-by-layer", Warning;
    /// A repository's own file says something else than its layer.
    LayerDisagrees = "layer-disagrees", Warning;
    /// A repository is named and in no layer.
    RepositoryInNoLayer = "repository-in-no-layer", Warning;
    /// A repository is in two layers.
    RepositoryInTwoLayers = "repository-in-two-layers", Error;
    /// Two spellings of one repository.
    RepositorySpelledTwice = "repository-spelled-twice", Error;
    /// A repository of a layer has no file of its own.
    NoRepositoryFile = "no-repository-file", Warning;
    /// A tier is named that is none.
    UnknownTier = "unknown-tier", Error;
    /// A layer is named that is none.
    UnknownLayer = "unknown-layer", Error;
    /// A check between repositories that nobody knows.
    UnknownValidation = "unknown-validation", Error;
    /// Two ways to write down which version of another repository is meant.
    ReferenceFormatDiffers = "reference-format-differs", Warning;
    /// Versions are outdated before the next one can be there.
    VersionsExpire = "versions-expire", Warning;
    /// Every workflow file falls into a strict tier.
    PatternTakesWorkflows = "pattern-takes-workflows", Warning;
    /// A security control asks less than its tier.
    ControlBelowTier = "control-below-tier", Warning;
    /// The two descriptions of an emergency tier say different things.
    EmergencyCopiesDiffer = "emergency-copies-differ", Warning;
    /// A value that has no meaning here.
    ValueNotKnown = "value-not-known", Warning;
    /// A file of the rules is not there.
    MissingFile = "missing-file", Warning;
    /// A file that is not read.
    FileNotRead = "file-not-read", Note;
    /// Something that is required in a place where nothing asks for it.
    RequirementNotUsed = "requirement-not-used", Warning;
    /// Scores of texts, which decide nothing here.
    ScoringNotUsed = "scoring-not-used", Note;
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
