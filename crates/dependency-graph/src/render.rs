//! A plan for people and programs: text, JSON, Graphviz dot, Mermaid. Nothing is computed here but layout.

mod drawing;
mod json;
mod text;
