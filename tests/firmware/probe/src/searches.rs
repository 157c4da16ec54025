//! Searches for critical points.

use core::hint::black_box;
use core::ops::ControlFlow;

use thalweg_core::critical::krylov_saddle_free::{self, KrylovSaddleFree};
use thalweg_core::critical::levenberg_marquardt::LevenbergMarquardt;
use thalweg_core::critical::newton::Newton;
use thalweg_core::critical::saddle_free::{Model, SaddleFree};
use thalweg_core::critical::search::End;
use thalweg_core::critical::{self, Finding};
use thalweg_core::real::Real;
use thalweg_core::spectrum::decomposition::{self, ByProducts, Decompose, Rule, Workspace};

use crate::opaque::{AnyCost, ask_gradient, count, number, slice};

/// All of these.
pub fn call<T: Real>() {
    let mut cost = ByProducts(AnyCost::<T>::new());
    ask_gradient(&mut cost);
    _ = black_box(cost.decompose(slice(), slice(), slice(), slice()));
    black_box(decomposition::workspace(count()));
    if let Ok(mut memory) = Workspace::<T>::new(count(), slice())
        && let Ok(finding) = critical::examine(&mut cost, slice(), number(), &mut memory)
    {
        black_box(Finding::is_flat(&finding, number(), number()));
    }
    let rule = black_box(Model::rule(black_box(Model::SaddleFree), number(), number()));
    black_box(Rule::weight(rule, number()));
    _ = black_box(Rule::step::<T>(rule, slice(), slice(), slice(), slice()));
    black_box(End::name(black_box(End::Critical)));
    _ = black_box(Newton::run(&black_box(Newton::default()), &mut cost, slice(), slice()));
    _ = black_box(SaddleFree::run(&black_box(SaddleFree::default()), &mut cost, slice(), slice()));
    let least_squares = black_box(LevenbergMarquardt::default());
    _ = black_box(LevenbergMarquardt::run(&least_squares, &mut cost, slice(), slice()));
    let krylov = black_box(KrylovSaddleFree::default());
    black_box(krylov_saddle_free::workspace(count(), count()));
    _ = black_box(KrylovSaddleFree::run(&krylov, &mut cost.0, slice(), slice()));
    _ = black_box(KrylovSaddleFree::run_seen(&krylov, &mut cost.0, slice(), slice(), |step, theta| {
        black_box((step, theta));
        if black_box(true) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }));
}
