//! What attributes may not do: hide a test, open a door for tests, or silence a lint without a reason.

use super::Source;
use crate::report::Broken;
use proc_macro2::TokenTree;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// No `#[ignore]`, `#[cfg(test)]` on modules only, no `allow` or `expect` of a lint without a reason.
pub(super) fn no_hidden_tests(source: &Source<'_>) -> Vec<Broken> {
    let mut finder = Finder {
        source,
        broken: Vec::new(),
    };
    finder.visit_file(source.tree);
    finder.broken
}

/// The attributes of an item, whatever it is.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is not ours and grows; rare kinds of items bear no test attributes"
)]
pub(super) fn of_item(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether this is exactly `#[cfg(test)]`.
pub(super) fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|condition| condition.is_ident("test"))
}

struct Finder<'a> {
    source: &'a Source<'a>,
    broken: Vec<Broken>,
}

impl Finder<'_> {
    fn say(&mut self, attribute: &syn::Attribute, what: &str) {
        self.broken
            .push(Broken::at(self.source.path, attribute.span().start().line, what));
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // The only place where `#[cfg(test)]` is at home: its own attributes are not judged.
        for attribute in item.attrs.iter().filter(|attribute| !is_cfg_test(attribute)) {
            self.visit_attribute(attribute);
        }
        for inner in item.content.iter().flat_map(|(_, items)| items) {
            self.visit_item(inner);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("ignore") {
            self.say(attribute, "an ignored test is no test: let it run, or remove it");
        }
        if is_cfg_test(attribute) {
            self.say(
                attribute,
                "`cfg(test)` belongs on test modules only: product code has no test doors",
            );
        }
        let silences = attribute.path().is_ident("allow") || attribute.path().is_ident("expect");
        if silences && !has_reason(attribute) {
            self.say(attribute, "a silenced lint says why: add `reason = \"…\"`");
        }
        visit::visit_attribute(self, attribute);
    }
}

fn has_reason(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.tokens
        .clone()
        .into_iter()
        .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "reason"))
}
