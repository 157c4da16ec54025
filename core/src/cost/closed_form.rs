//! Costs in closed form, whose critical points, slopes and curvatures are known on paper.

mod endless;
mod functions;
mod hill;
mod quadratic;
mod tail;

pub use endless::{Exponential, Softplus};
pub use functions::{DeepLinear, DoubleWell, FactoredLinear, MonkeySaddle, Rosenbrock};
pub use hill::{GaussianHill, HillBesideValley, WrongSideOfTheMountain};
pub use quadratic::{Quadratic, bowl, saddle};
pub use tail::HillBeforeTail;
