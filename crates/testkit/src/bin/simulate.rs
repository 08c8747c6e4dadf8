//! The simulation as a program: reads one wish as JSON from standard input, plays, and prints. Started by `cargo xtask simulate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match testkit::fulfil(std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(testkit::Found::Nothing) => ExitCode::SUCCESS,
        Ok(testkit::Found::Something) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to hear it if even this cannot be written.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("error: {error}\n"));
            ExitCode::from(3)
        }
    }
}
