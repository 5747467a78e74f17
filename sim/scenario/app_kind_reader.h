#pragma once
// The keys that each type of app has of its own.

#include "scenario/model.h"
#include "scenario/reader.h"

namespace wirelab::scenario {

/// `r` reads an app's object with the fields of its type.
AppKind read_app_kind(const ObjectReader& r, std::string_view type);

}  // namespace wirelab::scenario
