//! Texts that are rules, and texts that are none.

use crate::{Mode, RulesetError, check, read_ruleset};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

const TIERS: &str =
    "tiers:\n  tier_1_routine:\n    signatures: {required: 1, total: 2}\n    review_period_days: 7\n";
const LAYERS: &str = "layers:\n  layer_1_core:\n    repositories: [core]\n    signatures: {required: 2, total: 2}\n    review_period_days: 30\n";

/// Two files that are enough, with this one in the place of the file of its name.
pub(crate) fn files(path: &str, text: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([
        ("config/action-tiers.yml".to_owned(), TIERS.to_owned()),
        ("config/repository-layers.yml".to_owned(), LAYERS.to_owned()),
    ]);
    files.insert(path.to_owned(), text.to_owned());
    files
}

fn refused(path: &str, text: &str, expected: Expect) {
    let errors = read_ruleset(&files(path, text)).unwrap_err();
    let said: Vec<String> = errors.iter().map(RulesetError::to_string).collect();
    expected.assert_eq(&said.join("\n"));
}

#[test]
fn a_placeholder_is_named_with_its_place() {
    let text = "maintainers:\n  - github: alice\n    public_key: 0x02[PLACEHOLDER_64_CHAR_HEX]\n    status: active\n";
    let rules = read_ruleset(&files("config/maintainers/layer-1.yml", text)).unwrap();
    let findings = check(&rules, Mode::Enforce);
    let found = findings
        .iter()
        .find(|finding| finding.code.as_str() == "placeholder-key")
        .unwrap();
    expect![[r#"
        config/maintainers/layer-1.yml:3:17: error: the key of alice is a placeholder
          help: let the person make a key of their own and put its public part here; nobody signs until then"#]]
    .assert_eq(&found.to_string());
    assert_eq!(found.key, "maintainers[0].public_key");
}

#[test]
fn a_key_given_twice_is_refused_where_it_stands_the_second_time() {
    refused(
        "config/repos/core.yml",
        "layer: 1\nnotes:\n  a: 1\n  a: 2\n",
        expect![[r#"
            config/repos/core.yml:4:3: error: `a` is given twice, first in line 3
              help: keep one of the two: which one counts differs from reader to reader"#]],
    );
}
