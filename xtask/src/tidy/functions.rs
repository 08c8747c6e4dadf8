//! How long a function may be and how many parameters it may take, also inside of macro calls.

use super::{FUNCTION_LINES_MAX, PARAMETERS_MAX, Source};
use crate::report::Broken;
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Every function of the file, tests included.
pub(super) fn limits(source: &Source<'_>) -> Vec<Broken> {
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
    fn function(&mut self, signature: &syn::Signature, body_end: Span) {
        let parameters = signature
            .inputs
            .iter()
            .filter(|input| matches!(input, syn::FnArg::Typed(_)))
            .count();
        let first = signature.fn_token.span().start().line;
        if parameters > PARAMETERS_MAX {
            let what = format!(
                "`{}` takes {parameters} parameters, at most {PARAMETERS_MAX}: gather those that belong together in a struct",
                signature.ident
            );
            self.broken.push(Broken::at(self.source.path, first, what));
        }
        self.length(&signature.ident.to_string(), first, body_end.end().line);
    }

    fn length(&mut self, name: &str, first: usize, last: usize) {
        let lines = last + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            let what = format!(
                "`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}: keep the choices here, move the work into named functions"
            );
            self.broken.push(Broken::at(self.source.path, first, what));
        }
    }

    /// Looks for `fn name … { … }` among tokens that are not parsed, such as those given to a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut open: Option<(String, usize)> = None;
        let mut after_fn = None;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if ident == "fn" => after_fn = Some(ident.span().start().line),
                TokenTree::Ident(ident) => {
                    if let Some(line) = after_fn.take() {
                        open = Some((ident.to_string(), line));
                    }
                }
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Brace
                        && let Some((name, line)) = open.take()
                    {
                        self.length(&name, line, group.span_close().end().line);
                    }
                    self.tokens(group.stream());
                }
                TokenTree::Punct(mark) if mark.as_char() == ';' => open = None,
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, item.block.brace_token.span.close());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, item.block.brace_token.span.close());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.span());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }
}
