#pragma once
// Logarithm, exponential and circular functions whose results are the same bits with any compiler and C library: plain
// IEEE 754 double operations in a fixed order, which a libm does not promise. Only what is simulated needs them; what
// is merely printed may use <cmath>. Relative error below 1e-14 (sine and cosine: absolute) over the stated ranges.

namespace wirelab {

/// Natural logarithm. Precondition: x > 0, finite and not subnormal.
double exact_log(double x);

/// e to the x. Infinity above 709.78, 0 below -708.
double exact_exp(double x);

/// x to the y as exp(y log x): the error grows with |y log x|, 1e-14 for each unit of it. Precondition: x > 0.
double exact_pow(double x, double y);

/// Sine and cosine of a part of the full circle: of 2 pi u. Precondition: 0 <= u < 1.
struct SineCosine {
  double sine, cosine;
};
SineCosine exact_sincos_of_turn(double u);

}  // namespace wirelab
