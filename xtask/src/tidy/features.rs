//! Which code may depend on a feature of its crate: what is listed here, word by word, and nothing else. A program that does
//! something else when it is tested is not the program that was tested.

use super::Source;
use crate::report::Broken;
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Where a condition may stand, and the condition without blanks.
const CONDITIONS: [(&str, &str); 7] = [
    // Another store can be run against the contract suite.
    ("crates/storage/src/lib.rs", r#"any(test,feature="contract")"#),
    // Releases on GitHub, whose client is heavy: who makes local ones only leaves them out.
    ("crates/runtime/src/lib.rs", r#"feature="github""#),
    // Signing with secrets of one's own, which a server has none of.
    ("crates/signatures/src/lib.rs", r#"feature="signer""#),
    // Bugs put in by hand: the mechanism, and whoever arms one. Their spots ask a function and know no feature.
    ("crates/domain-types/src/", r#"feature="seeded-bugs""#),
    ("crates/domain-types/src/", r#"not(feature="seeded-bugs")"#),
    ("crates/testkit/", r#"feature="seeded-bugs""#),
    ("crates/testkit/", r#"not(feature="seeded-bugs")"#),
];

/// No condition on a feature but those listed, in attributes and in `cfg!`.
pub(super) fn no_doors(source: &Source<'_>) -> Vec<Broken> {
    let mut finder = Finder {
        source,
        broken: Vec::new(),
    };
    finder.visit_file(source.tree);
    finder.broken
}

struct Finder<'a> {
    source: &'a Source<'a>,
    broken: Vec<Broken>,
}

impl Finder<'_> {
    fn condition(&mut self, condition: &TokenStream, line: usize) {
        if !names_a_feature(condition) {
            return;
        }
        let text = condition.to_string().replace(char::is_whitespace, "");
        let listed = |(place, listed): &(&str, &str)| *listed == text && is_within(self.source, place);
        if !CONDITIONS.iter().any(listed) {
            let what = format!(
                "`{text}` is no listed door: code does not depend on features, see xtask/src/tidy/features.rs"
            );
            self.broken.push(Broken::at(self.source.path, line, what));
        }
    }

    /// Looks for `cfg!(…)` among tokens that are not parsed, such as those given to a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut last_words = [String::new(), String::new()];
        for token in tokens {
            let line = token.span().start().line;
            if let TokenTree::Group(group) = &token {
                if last_words == ["cfg", "!"] {
                    self.condition(&group.stream(), line);
                }
                self.tokens(group.stream());
            }
            last_words.rotate_left(1);
            last_words[1] = token.to_string();
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let conditional = attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
        if let (true, syn::Meta::List(list)) = (conditional, &attribute.meta) {
            self.condition(&list.tokens, attribute.span().start().line);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == "cfg") {
            self.condition(&call.tokens, call.span().start().line);
        }
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

fn is_within(source: &Source<'_>, place: &str) -> bool {
    source.path.to_string_lossy().starts_with(place)
}

fn names_a_feature(condition: &TokenStream) -> bool {
    condition.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "feature",
        TokenTree::Group(group) => names_a_feature(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
