//! `hessian --layers`: against two small factors, and the bounds where eigenvalues crowd at zero.

use workbench::case::{Case, object};
use workbench::golden::Golden;
use workbench::network::{Activation, Network};
use workbench::symmetric::{eigenvalues, moment};

use crate::spectra::table;

/// The products of the weights after each layer of a linear network, and the mean of x̃x̃ᵀ of its input x̃ = (x, 1).
fn linear_blocks(case: &Case) -> Vec<(Vec<f64>, usize, Vec<f64>, usize)> {
    let layers = case.network.layers();
    let mut weights: Vec<(&[f64], &[f64])> = Vec::new();
    let mut rest = &case.theta[..];
    for &(rows, columns) in &layers {
        weights.push((&rest[..rows * columns], &rest[rows * columns..rows * columns + rows]));
        rest = &rest[rows * columns + rows..];
    }
    let width = case.network.widths[0];
    let mut inputs: Vec<Vec<f64>> = case.inputs.chunks(width).map(<[f64]>::to_vec).collect();
    let mut blocks = Vec::new();
    for (layer, &(rows, columns)) in layers.iter().enumerate() {
        let extended: Vec<Vec<f64>> = inputs.iter().map(|x| [&x[..], &[1.0]].concat()).collect();
        let second = moment(extended.iter().map(Vec::as_slice), columns + 1, inputs.len());
        // each unit vector of this layer's outputs, sent through the layers after it
        let after: Vec<Vec<f64>> = (0..rows)
            .map(|unit| {
                let mut x: Vec<f64> = (0..rows).map(|row| f64::from(u8::from(row == unit))).collect();
                for (weight, bias) in &weights[layer + 1..] {
                    let rows = weight.chunks(weight.len() / bias.len());
                    x = rows.map(|row| row.iter().zip(&x).map(|(weight, x)| weight * x).sum()).collect();
                }
                x
            })
            .collect();
        let gram = (0..rows * rows)
            .map(|place| after[place / rows].iter().zip(&after[place % rows]).map(|(a, b)| a * b).sum())
            .collect();
        blocks.push((gram, rows, second, columns + 1));
        let (weight, bias) = weights[layer];
        inputs = inputs
            .iter()
            .map(|x| {
                let sums = weight.chunks(columns).zip(bias);
                sums.map(|(row, bias)| bias + row.iter().zip(x).map(|(weight, x)| weight * x).sum::<f64>())
                    .collect()
            })
            .collect();
    }
    blocks
}

#[test]
fn the_layers_of_a_linear_network_have_the_spectra_of_two_small_factors() {
    let golden = Golden::read("identity");
    let case = &golden.case;
    let _ = case.summary(&["hessian", "--theta=theta.npy", "--layers", "--json"]);
    let found = table(case, "layers.csv");
    let columns = "layer,first_parameter,parameters,largest,largest_residual,largest_converged,smallest,smallest_residual,smallest_converged,trace,trace_standard_error";
    assert_eq!(found.columns.join(","), columns);
    assert_eq!(found.numbers("first_parameter"), [0.0, 15.0, 27.0]);
    assert_eq!(found.numbers("parameters"), [15.0, 12.0, 12.0]);
    for (layer, (gram, rows, second, columns)) in linear_blocks(case).into_iter().enumerate() {
        let (a, b) = (eigenvalues(&gram, rows), eigenvalues(&second, columns));
        let (largest, smallest) = (a[0] * b[0], a[rows - 1] * b[columns - 1]);
        let trace = a.iter().sum::<f64>() * b.iter().sum::<f64>();
        for (column, wanted) in [("largest", largest), ("smallest", smallest), ("trace", trace)] {
            let number = found.numbers(column)[layer];
            assert!((number - wanted).abs() < 1e-12 * trace, "{column} of layer {layer}: {number} {wanted}");
        }
    }
    assert_eq!(found.numbers("trace_standard_error"), [0.0; 3]);
}

/// One layer's block of a ReLU network is that of Gauss–Newton, with a crowd at zero; that of a tanh network is not.
#[test]
fn layers_whose_smallest_eigenvalues_crowd_at_zero_are_bounded_and_others_flagged() {
    let relu = Case::of_images(Network::new(&[64, 9, 4]));
    let few =
        ["hessian", "--theta=theta.npy", "--layers", "--top=1", "--bottom=0", "--max-products=30", "--json"];
    let summary = relu.summary(&[&few[..], &["--examples=40"]].concat());
    let note = "converged or not, the smallest lies between 0 and the value shown";
    assert!(summary["notes"].to_string().contains(note), "{}", summary["notes"]);
    let found = table(&relu, "layers.csv");
    let place = found.columns.iter().position(|name| name == "smallest_converged").unwrap();
    assert!(found.rows.iter().any(|row| row[place] == "false"), "{:?}", found.rows);
    assert!(found.numbers("smallest").iter().all(|value| (-1e-12..1e-2).contains(value)));
    let tanh = Case::of_images(Network { activation: Activation::Tanh, ..Network::new(&[64, 9, 4]) });
    let summary = object(&tanh.run(&[&few[..], &["--examples=40"]].concat()).code(1));
    let notes = summary["notes"].to_string();
    assert!(!notes.contains(note) && notes.contains("an eigenvalue that has not converged to"), "{notes}");
}
