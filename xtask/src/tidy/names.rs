//! Names that say nothing: bags into which anything can be put.

use super::Source;
use crate::report::Broken;
use proc_macro2::Ident;
use syn::visit::{self, Visit};

/// Words that tell nothing about what a thing is.
const BAGS: [&str; 8] = [
    "manager", "util", "utils", "helper", "helpers", "context", "service", "misc",
];

/// No type, trait, module or file is named after a bag.
pub(super) fn no_bags(source: &Source<'_>) -> Vec<Broken> {
    let mut finder = Finder {
        source,
        broken: Vec::new(),
    };
    let stem = source
        .path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    if let Some(bag) = stem.as_deref().and_then(bag_in) {
        finder
            .broken
            .push(Broken::at(source.path, 0, advice("the file", bag)));
    }
    finder.visit_file(source.tree);
    finder.broken
}

struct Finder<'a> {
    source: &'a Source<'a>,
    broken: Vec<Broken>,
}

impl Finder<'_> {
    fn name(&mut self, ident: &Ident) {
        if let Some(bag) = bag_in(&ident.to_string()) {
            let what = advice(&format!("`{ident}`"), bag);
            self.broken
                .push(Broken::at(self.source.path, ident.span().start().line, what));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.name(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.name(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.name(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.name(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.name(&item.ident);
        visit::visit_item_mod(self, item);
    }
}

fn advice(what: &str, bag: &str) -> String {
    format!("{what} is named after a bag (`{bag}`): say what it is or does")
}

/// The bag's word among the words of a name in CamelCase or snake_case.
fn bag_in(name: &str) -> Option<&'static str> {
    let mut spaced = String::new();
    for character in name.chars() {
        if character.is_uppercase() || !character.is_alphanumeric() {
            spaced.push(' ');
        }
        spaced.extend(
            character
                .to_lowercase()
                .filter(|character| character.is_alphanumeric()),
        );
    }
    spaced
        .split(' ')
        .find_map(|word| BAGS.iter().copied().find(|bag| *bag == word))
}
