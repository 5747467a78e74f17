#pragma once
// What changes the tree of a file before it is read: `--set`, and parameters by "$name".

#include <string>
#include <string_view>
#include <vector>

#include "scenario/documents.h"

namespace wirelab::scenario {

/// Applies one `--set KEY=VALUE` to a scenario's tree. KEY is a parameter's or a top-level key's name, or a pointer
/// whose steps into arrays may be ids. Missing objects on the way are made; null removes.
void apply_set(Documents& docs, Value& root, const std::string& assignment);

/// Replaces every string that is exactly "$name" by that member of `params` (an object, or nullptr for none). The
/// members `params`, `description` and `meta` of the root are left alone.
void substitute(Documents& docs, Value& root, const Value* params);

/// Whether the tree names the parameter anywhere outside its `params`.
bool uses_parameter(const Value& root, std::string_view name);

/// The id of an element of `apps`, `nodes` or `links` as written or by default: `<type><n>`, `<first>-<second>`; empty
/// if it has none.
std::string element_id(const Array& elements, std::size_t index);

}  // namespace wirelab::scenario
