//! Going through a tree: a [`Visitor`] looks at its nodes, a [`VisitorMut`] changes them. Both meet every expression, query,
//! item of FROM, type's name and relation's name of a statement, wherever it stands.
//!
//! A method that does not call the walk of its node's parts leaves them out; called first it goes from the leaves up, called
//! last from the root down. A tree is no higher than the parser lets it be, so walks need no check of the stack.

use crate::ast::*;

/// Who looks at a tree. Every method's default goes on to the node's parts.
pub trait Visitor {
    /// An expression.
    fn expr(&mut self, expr: &Expr) {
        expr.walk_parts(self);
    }

    /// A query, at the top or within another node.
    fn select(&mut self, select: &Select) {
        select.walk_parts(self);
    }

    /// An item of FROM or USING.
    fn item(&mut self, item: &FromItem) {
        item.walk_parts(self);
    }

    /// A type's name.
    fn type_name(&mut self, name: &TypeName) {
        name.walk_parts(self);
    }

    /// A relation's name where a statement reads, writes, makes or changes it.
    fn relation(&mut self, _name: &RelationName) {}
}

/// Who changes a tree. Every method's default goes on to the node's parts.
pub trait VisitorMut {
    /// An expression.
    fn expr(&mut self, expr: &mut Expr) {
        expr.walk_parts_mut(self);
    }

    /// A query, at the top or within another node.
    fn select(&mut self, select: &mut Select) {
        select.walk_parts_mut(self);
    }

    /// An item of FROM or USING.
    fn item(&mut self, item: &mut FromItem) {
        item.walk_parts_mut(self);
    }

    /// A type's name.
    fn type_name(&mut self, name: &mut TypeName) {
        name.walk_parts_mut(self);
    }

    /// A relation's name where a statement reads, writes, makes or changes it.
    fn relation(&mut self, _name: &mut RelationName) {}
}

/// What can be walked through: a statement, or any part of one.
pub trait Walk {
    /// Shows the node to a visitor, or its parts where the visitor has no method for such nodes.
    fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V);

    /// The same for a visitor that changes.
    fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V);
}

/// The parts of a node that visitors have a method for.
pub trait WalkParts {
    /// Shows the parts to a visitor.
    fn walk_parts<V: Visitor + ?Sized>(&self, visitor: &mut V);

    /// The same for a visitor that changes.
    fn walk_parts_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V);
}

impl Expr {
    /// Whether the expression or one within it, subqueries' included, passes a test.
    pub fn any(&self, test: &mut dyn FnMut(&Self) -> bool) -> bool {
        struct Any<'a>(&'a mut dyn FnMut(&Expr) -> bool, bool);
        impl Visitor for Any<'_> {
            fn expr(&mut self, expr: &Expr) {
                self.1 = self.1 || (self.0)(expr);
                if !self.1 {
                    expr.walk_parts(self);
                }
            }
        }
        let mut any = Any(test, false);
        any.expr(self);
        any.1
    }
}

impl<T: Walk> Walk for Vec<T> {
    fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
        self.iter().for_each(|node| node.walk(visitor));
    }

    fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
        self.iter_mut().for_each(|node| node.walk_mut(visitor));
    }
}

impl<T: Walk> Walk for Option<T> {
    fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
        self.iter().for_each(|node| node.walk(visitor));
    }

    fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
        self.iter_mut().for_each(|node| node.walk_mut(visitor));
    }
}

impl<T: Walk> Walk for Box<T> {
    fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
        (**self).walk(visitor);
    }

    fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
        (**self).walk_mut(visitor);
    }
}

impl<A: Walk, B: Walk> Walk for (A, B) {
    fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
        self.0.walk(visitor);
        self.1.walk(visitor);
    }

    fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
        self.0.walk_mut(visitor);
        self.1.walk_mut(visitor);
    }
}

impl<const N: usize> Walk for [Expr; N] {
    fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
        self.iter().for_each(|node| node.walk(visitor));
    }

    fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
        self.iter_mut().for_each(|node| node.walk_mut(visitor));
    }
}

/// Nodes without parts.
macro_rules! leaves {
    ($($node:ty),* $(,)?) => {
        $(impl Walk for $node {
            fn walk<V: Visitor + ?Sized>(&self, _visitor: &mut V) {}

            fn walk_mut<V: VisitorMut + ?Sized>(&mut self, _visitor: &mut V) {}
        })*
    };
}

leaves!(Location, OperatorName);

/// Nodes that visitors have a method for.
macro_rules! visited {
    ($($node:ty, $method:ident;)*) => {
        $(impl Walk for $node {
            fn walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
                visitor.$method(self);
            }

            fn walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
                visitor.$method(self);
            }
        })*
    };
}

visited! {
    Expr, expr;
    Select, select;
    FromItem, item;
    TypeName, type_name;
    RelationName, relation;
}

/// A `struct` with the fields that are walked, or an `enum` with the patterns of its variants and what of them is walked.
macro_rules! parts {
    ($trait:ident, $walk:ident, $walk_mut:ident: struct $name:ident { $($field:ident),* $(,)? }) => {
        impl $trait for $name {
            fn $walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
                $(self.$field.walk(visitor);)*
            }

            fn $walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
                $(self.$field.walk_mut(visitor);)*
            }
        }
    };
    (
        $trait:ident, $walk:ident, $walk_mut:ident:
        enum $name:ident { $($pattern:pat => ($($part:ident),*)),* $(,)? }
    ) => {
        impl $trait for $name {
            fn $walk<V: Visitor + ?Sized>(&self, visitor: &mut V) {
                match self {
                    $($pattern => { $($part.walk(visitor);)* })*
                }
            }

            fn $walk_mut<V: VisitorMut + ?Sized>(&mut self, visitor: &mut V) {
                match self {
                    $($pattern => { $($part.walk_mut(visitor);)* })*
                }
            }
        }
    };
}

macro_rules! walked {
    ($($kind:ident $name:ident { $($body:tt)* })*) => {
        $(parts!(Walk, walk, walk_mut: $kind $name { $($body)* });)*
    };
}

macro_rules! walked_below {
    ($($kind:ident $name:ident { $($body:tt)* })*) => {
        $(parts!(WalkParts, walk_parts, walk_parts_mut: $kind $name { $($body)* });)*
    };
}

mod expression;
mod object;
mod query;
mod statement;
