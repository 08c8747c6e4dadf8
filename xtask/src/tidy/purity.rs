//! Pure rooms never name the parts of the standard library that reach the world. (Crates that do are `cargo xtask layers`' affair.)

use super::{Source, attributes, is_test_file};
use crate::layers::PURE;
use crate::report::Broken;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Modules and types of the standard library that read or change the world.
const WORLDLY: [&str; 7] = ["fs", "net", "env", "process", "thread", "SystemTime", "Instant"];

/// No worldly path in a pure room outside of tests.
pub(super) fn no_world(source: &Source<'_>) -> Vec<Broken> {
    let is_pure = PURE
        .iter()
        .any(|room| source.path.starts_with(format!("crates/{room}/src")));
    if !is_pure || is_test_file(source.path) {
        return Vec::new();
    }
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
    fn segments(&mut self, segments: &[String], line: usize) {
        let in_std = segments.first().is_some_and(|first| first == "std");
        let worldly = segments
            .iter()
            .skip(1)
            .find(|segment| WORLDLY.contains(&segment.as_str()));
        if let (true, Some(worldly)) = (in_std, worldly) {
            let what =
                format!("a pure room names `std::…{worldly}`: let the caller bring what it needs as a value");
            self.broken.push(Broken::at(self.source.path, line, what));
        }
    }

    fn use_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.segments(&with(&name.ident), name.ident.span().start().line),
            syn::UseTree::Rename(name) => self.segments(&with(&name.ident), name.ident.span().start().line),
            syn::UseTree::Glob(glob) => self.segments(before, glob.span().start().line),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(before, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !attributes::of_item(item).iter().any(attributes::is_cfg_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.segments(&segments, path.span().start().line);
        visit::visit_path(self, path);
    }
}
