//! Rules and changes drawn at random, from few words so that they meet.

use crate::{Change, ChangedPath, Ruleset, Threshold};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use signatures::{PublicKey, Scheme};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Patterns, the paths below that each takes as it is written, and those that it takes in another reading: written down by hand.
pub(super) const PATTERNS: &[(&str, &[&str], &[&str])] = &[
    ("a/**", &["a/x.rs", "a/b/y.rs"], &[]),
    ("b/**", &["b/n.md", "b/n/m"], &[]),
    ("*.md", &["b/n.md", "d.md", "z/d.md"], &["d.md/o"]),
    ("a/x.rs", &["a/x.rs"], &[]),
    ("**/y.rs", &["a/b/y.rs", "y.rs"], &[]),
    ("b/*", &["b/n.md"], &[]),
    ("c", &["c", "z/c"], &["c/k"]),
    ("e/", &["e/f/g"], &["e", "q/e/h"]),
    ("a/*/y.rs", &["a/b/y.rs"], &[]),
    ("b/n", &[], &["b/n/m"]),
    ("**", PATHS, &[]),
    ("/d.md", &["d.md"], &["d.md/o"]),
    ("/e/", &["e/f/g"], &["e"]),
];
/// Those that can stand behind the name of a repository.
const RELATIVE: usize = 11;
const PATHS: &[&str] = &[
    "a/x.rs", "a/b/y.rs", "b/n.md", "c", "z/c", "d.md", "z/d.md", "e/f/g", "y.rs", "z", "b/n/m", "c/k",
    "q/e/h", "e", "d.md/o",
];
pub(super) const TIERS: &[&str] = &[
    "tier_1_one",
    "tier_2_two",
    "tier_3_three",
    "tier_4_four",
    "tier_5_five",
    "security_critical",
    "cryptographic",
    "security_enhancement",
];
const EMERGENCIES: &[&str] = &["tier_1_critical", "tier_2_urgent"];

/// Login, key and whether active.
pub(super) type People = Vec<(u32, u32, bool)>;
/// Repository, pattern, priority, whether it wants a cryptographer, and numbers.
pub(super) type Control = (usize, usize, u32, bool, Numbers);
/// Thresholds and days, given in several places of one file.
pub(super) type Several = (BTreeSet<(u32, u32)>, BTreeSet<u32>);
/// Patterns and numbers.
pub(super) type Consensus = (Vec<usize>, Several);
/// N, M and days.
pub(super) type Numbers = (u32, u32, u32);

#[derive(Debug, Clone)]
pub(super) struct Org {
    /// Layer 0, with N-of-M keyholders.
    pub(super) meta: (Numbers, Option<(u32, u32)>),
    /// Layers from 1 on, each with the repository of its number and its days for consensus.
    pub(super) layers: Vec<(Numbers, Option<u32>)>,
    /// Tiers in the order of their ids; some are not there.
    pub(super) tiers: Vec<Option<(Numbers, bool)>>,
    /// Patterns and exclusions of the tiers 1 to 5.
    pub(super) paths: Vec<(Vec<usize>, Vec<usize>)>,
    pub(super) default_tier: Option<u32>,
    pub(super) controls: Vec<Control>,
    pub(super) own: Vec<Option<Own>>,
    pub(super) emergencies: Vec<Numbers>,
    /// Files of people: layers, then login, key and whether active.
    pub(super) people: Vec<(Vec<u32>, People)>,
    pub(super) keyholders: People,
    /// Whether the name of a repository is in capitals: in its layer, its file, its controls; three for each.
    pub(super) capitals: Vec<bool>,
}

/// A repository's own file.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) layer: Option<u32>,
    pub(super) several: Several,
    pub(super) action_tier: Option<u32>,
    pub(super) auto: Vec<usize>,
    /// Both notations.
    pub(super) consensus: Option<Consensus>,
    pub(super) critical: Option<Consensus>,
}

fn numbers() -> impl Strategy<Value = Numbers> {
    (prop_oneof![1 => Just(0_u32), 30 => 1_u32..5], 1_u32..6, 0_u32..9)
}

fn some<T: std::fmt::Debug + Clone>(inner: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.5, inner)
}

/// Rules without any tier are no rules.
fn with_one(mut tiers: Vec<Option<(Numbers, bool)>>) -> Vec<Option<(Numbers, bool)>> {
    tiers[0].get_or_insert(((1, 2, 3), false));
    tiers
}

fn patterns(least: usize) -> impl Strategy<Value = Vec<usize>> {
    let indices: Vec<usize> = (0..PATTERNS.len()).collect();
    subsequence(indices, least..3)
}

fn several(days: u32) -> impl Strategy<Value = Several> {
    let thresholds = prop::collection::btree_set((0_u32..5, 1_u32..6), 0..3);
    (thresholds, prop::collection::btree_set(0..days, 0..3))
}

fn own() -> impl Strategy<Value = Own> {
    let consensus = || some((patterns(1), several(12)));
    (
        (prop::option::weighted(0.3, 0_u32..5), several(9)),
        (some(1_u32..7), patterns(0)),
        (consensus(), consensus()),
    )
        .prop_map(
            |((layer, several), (action_tier, auto), (consensus, critical))| Own {
                layer,
                several,
                action_tier,
                auto,
                consensus,
                critical,
            },
        )
}

fn people() -> impl Strategy<Value = People> {
    let with_own_key = (0_u32..7).prop_map(|login| (login, login + 1));
    let with_any_key = (0_u32..7, 0_u32..9);
    let keyed = prop_oneof![30 => with_own_key, 1 => with_any_key];
    let person = (keyed, prop::bool::weighted(0.9)).prop_map(|((login, key), active)| (login, key, active));
    prop::collection::vec(person, 0..9)
}

pub(super) fn org() -> impl Strategy<Value = Org> {
    let layers = prop::collection::vec((numbers(), some(0_u32..12)), 3);
    let tier = prop::option::weighted(0.9, (numbers(), any::<bool>()));
    let control = (0_usize..3, 0..RELATIVE, 0_u32..4, any::<bool>(), numbers());
    let files = prop::collection::vec((subsequence(vec![0_u32, 1, 2, 3], 1..4), people()), 0..4);
    (
        ((numbers(), some((0_u32..3, 1_u32..4))), layers),
        (
            prop::collection::vec(tier, TIERS.len()),
            prop::collection::vec((patterns(1), patterns(0)), 5),
            some(1_u32..6),
        ),
        prop::collection::vec(control, 0..4),
        (
            prop::collection::vec(some(own()), 3),
            prop::collection::vec(any::<bool>(), 9),
        ),
        (prop::collection::vec(numbers(), 2), files, people()),
    )
        .prop_map(
            |(
                (meta, layers),
                (tiers, paths, default_tier),
                controls,
                (own, capitals),
                (emergencies, people, keyholders),
            )| Org {
                meta,
                layers,
                tiers: with_one(tiers),
                paths,
                default_tier,
                controls,
                own,
                emergencies,
                people,
                keyholders,
                capitals,
            },
        )
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    let path = (select(PATHS), prop::option::weighted(0.2, select(PATHS))).prop_map(|(path, previous)| {
        ChangedPath {
            path: path.to_owned(),
            previous: previous.map(str::to_owned),
        }
    });
    let raised = prop::option::weighted(0.1, select(TIERS));
    let emergency = prop::option::weighted(0.2, select(EMERGENCIES));
    (
        prop::collection::vec(path, 0..4),
        prop::bool::weighted(0.05),
        select(&["", "", "", "[governance] x", "a [CONSENSUS]", "[emergency] fix"][..]),
        (raised, emergency),
    )
        .prop_map(|(paths, more_than_listed, title, (raised, emergency))| Change {
            paths,
            more_than_listed,
            title: title.to_owned(),
            raised: raised.into_iter().map(|tier| tier.parse().unwrap()).collect(),
            emergency: emergency.map(|tier| tier.parse().unwrap()),
            ..Change::default()
        })
}

impl Org {
    pub(super) fn rules(&self) -> Ruleset {
        super::rules(&self.files())
    }

    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::from([
            (".governance.yml".to_owned(), self.meta()),
            ("config/action-tiers.yml".to_owned(), self.tiers()),
            ("config/repository-layers.yml".to_owned(), self.layers()),
            (
                "config/tier-classification-rules.yml".to_owned(),
                self.classification(),
            ),
            ("config/emergency-tiers.yml".to_owned(), self.emergencies()),
            (
                "config/maintainers/emergency.yml".to_owned(),
                register("keyholders", &self.keyholders),
            ),
        ]);
        if !self.controls.is_empty() {
            files.insert("config/security-control-mapping.yml".to_owned(), self.controls());
        }
        for (index, own) in self.own.iter().enumerate() {
            if let Some(own) = own {
                files.insert(format!("config/repos/{}.yml", self.name(index, 1)), own.text());
            }
        }
        for (index, (layers, people)) in self.people.iter().enumerate() {
            let layers: Vec<String> = layers.iter().map(u32::to_string).collect();
            // Two files may be for the same layers: zeros before a number keep their names apart.
            let path = format!(
                "config/maintainers/layer-{}{}.yml",
                "0".repeat(index),
                layers.join("-")
            );
            files.insert(path, register("maintainers", people));
        }
        files
    }

    fn name(&self, repository: usize, place: usize) -> String {
        let letter = if self.capitals[repository * 3 + place] {
            "R"
        } else {
            "r"
        };
        format!("{letter}{}", repository + 1)
    }

    fn meta(&self) -> String {
        let ((required, total, days), keyholders) = self.meta;
        let keyholders = keyholders.map_or_else(String::new, |(n, m)| format!(" + {n}-of-{m}"));
        format!(
            "layer: 0\nsignature_threshold: {required}-of-{total}{keyholders} # both\nreview_period_days: {days}\n"
        )
    }

    fn tiers(&self) -> String {
        let mut text = "tiers:\n".to_owned();
        for (id, tier) in TIERS.iter().zip(&self.tiers) {
            if let Some((numbers, flag)) = tier {
                writeln!(
                    text,
                    "  {id}: {{{}, emergency_override: {flag}}}",
                    signatures(*numbers)
                )
                .unwrap();
            }
        }
        text
    }

    fn layers(&self) -> String {
        let mut text = "layers:\n".to_owned();
        for (index, (numbers, consensus)) in self.layers.iter().enumerate() {
            let number = index + 1;
            let consensus = consensus.map_or_else(String::new, |days| {
                format!(", consensus_review_period_days: {days}")
            });
            let (name, numbers) = (self.name(index, 0), signatures(*numbers));
            writeln!(
                text,
                "  layer_{number}_x: {{repositories: [{name}], {numbers}{consensus}}}"
            )
            .unwrap();
        }
        text
    }

    fn classification(&self) -> String {
        let mut text = "classification_rules:\n".to_owned();
        for (id, (files, excluded)) in TIERS.iter().zip(&self.paths) {
            let (files, excluded) = (list(files), list(excluded));
            writeln!(
                text,
                "  {id}: {{file_patterns: {files}, exclude_patterns: {excluded}}}"
            )
            .unwrap();
        }
        if let Some(tier) = self.default_tier {
            writeln!(text, "fallback: {{default_tier: {tier}}}").unwrap();
        }
        text
    }

    fn controls(&self) -> String {
        let mut text = "security_controls:\n".to_owned();
        for (index, (repository, pattern, priority, crypto, (required, total, days))) in
            self.controls.iter().enumerate()
        {
            let file = format!("{}/{}", self.name(*repository, 2), PATTERNS[*pattern].0);
            writeln!(
                text,
                "  - {{id: C-{index}, priority: P{priority}, files: ['{file}'], required_signatures: {required}-of-{total}, \
                 review_period_days: {days}, requires_cryptography_expert: {crypto}}}"
            )
            .unwrap();
        }
        text
    }

    fn emergencies(&self) -> String {
        let mut text = "tiers:\n".to_owned();
        for (id, (required, total, days)) in EMERGENCIES.iter().zip(&self.emergencies) {
            writeln!(
                text,
                "  {id}: {{requirements: {{signature_threshold: {required}-of-{total}, review_period_days: {days}, \
                 activation_threshold: 1-of-1, max_duration_days: 7}}}}"
            )
            .unwrap();
        }
        text
    }
}

impl Own {
    fn text(&self) -> String {
        let mut text = "module_system: true\n".to_owned();
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                writeln!(text, "{name}: {value}").unwrap();
            }
        };
        line("layer", self.layer.map(|layer| layer.to_string()));
        line("action_tier", self.action_tier.map(|tier| tier.to_string()));
        let auto = (!self.auto.is_empty()).then(|| format!("{{patterns: {}}}", list(&self.auto)));
        line("auto_classification", auto);
        let changes = self.consensus.as_ref().map(|(patterns, (thresholds, days))| {
            let keyed = (thresholds.last(), days.last());
            let numbers = keys("maintainer_threshold", keyed) + &flags((thresholds, days), keyed);
            let patterns = list(patterns);
            format!("{{detection: {{patterns: {patterns}}}, repository_requirements: {{{numbers}}}}}")
        });
        line("consensus_rule_changes", changes);
        let critical = self.critical.as_ref().map(|(patterns, (thresholds, days))| {
            let (patterns, flags) = (list(patterns), flags((thresholds, days), (None, None)));
            format!("{{consensus_critical: {patterns}, {flags}requires_9_of_9: false}}")
        });
        line("paths", critical);
        let (thresholds, days) = &self.several;
        let keyed = (thresholds.first(), days.first());
        let own = keys("signature_threshold", keyed) + &flags((thresholds, days), keyed);
        text + &own.replace(", ", "\n")
    }
}

/// A threshold and days that have keys of their own.
type Keyed<'a> = (Option<&'a (u32, u32)>, Option<&'a u32>);

fn keys(key: &str, (threshold, days): Keyed<'_>) -> String {
    let threshold = threshold.map_or_else(String::new, |(n, m)| format!("{key}: {n}-of-{m}, "));
    let days = days.map_or_else(String::new, |days| format!("review_period_days: {days}, "));
    threshold + &days
}

/// The others, as flags.
fn flags((thresholds, days): (&BTreeSet<(u32, u32)>, &BTreeSet<u32>), (threshold, day): Keyed<'_>) -> String {
    let thresholds = thresholds.iter().filter(|other| Some(*other) != threshold);
    let thresholds = thresholds.map(|(n, m)| format!("requires_{n}_of_{m}: true, "));
    let days = days.iter().filter(|other| Some(*other) != day);
    thresholds
        .chain(days.map(|days| format!("requires_{days}_days: true, ")))
        .collect()
}

fn signatures((required, total, days): Numbers) -> String {
    format!("signatures: {{required: {required}, total: {total}}}, review_period_days: {days}")
}

fn list(patterns: &[usize]) -> String {
    let quoted: Vec<String> = patterns
        .iter()
        .map(|index| format!("'{}'", PATTERNS[*index].0))
        .collect();
    format!("[{}]", quoted.join(", "))
}

fn register(name: &str, people: &[(u32, u32, bool)]) -> String {
    let mut text = format!("{name}: [");
    for (login, key, active) in people {
        let key = match key {
            0 => "0x02[PLACEHOLDER_64_CHAR_HEX]".to_owned(),
            key => point(*key),
        };
        let status = if *active { "active" } else { "retired" };
        write!(
            text,
            "{{github: p{login}, public_key: '{key}', status: {status}}}, "
        )
        .unwrap();
    }
    text + "]\n"
}

/// A point of the curve for each number: of the fields from there on the first that is one.
fn point(number: u32) -> String {
    static POINTS: LazyLock<Vec<String>> = LazyLock::new(|| (0..=99).map(first_point).collect());
    let number = usize::try_from(number).unwrap();
    POINTS[number].clone()
}

fn first_point(number: u64) -> String {
    let fields = (number * 7919 + 5..).map(|field| format!("02{field:064x}"));
    let is_point = |text: &String| PublicKey::parse(Scheme::Secp256k1, text).is_ok();
    fields.into_iter().find(is_point).unwrap()
}

/// What both evaluators answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) required: u32,
    pub(super) total: u32,
    pub(super) days: u32,
    pub(super) keyholders: Option<Threshold>,
    pub(super) pool: usize,
    pub(super) satisfiable: bool,
}
