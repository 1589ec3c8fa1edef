// Values: texts and comparisons; casts and defaults of them.
#include "p4/value.h"

#include <gtest/gtest.h>

namespace outrigger::p4 {
namespace {

class ValueTest : public ::testing::Test {
 protected:
  template <typename T>
  T& declared(const std::string& name) {
    T& declaration = *program_.arena.make<T>();
    declaration.name.text = name;
    return declaration;
  }
  const Type* struct_type(const std::string& name, const std::vector<std::pair<std::string, const Type*>>& fields,
                          DeclarationKind kind = DeclarationKind::Struct) {
    StructLikeDeclaration& declaration = *program_.arena.make<StructLikeDeclaration>(kind);
    declaration.name.text = name;
    for (const auto& [field_name, type] : fields) {
      StructField& field = declared<StructField>(field_name);
      field.checked_type = type;
      declaration.fields.push_back(&field);
    }
    return types_.struct_like(declaration, {});
  }
  const Value* any(const Integer& n) { return values_.number(types_.integer(), n); }
  const Value* tuple(std::vector<const Value*> parts, bool has_rest = false) {
    std::vector<const Type*> elements;
    elements.reserve(parts.size());
    for (const Value* part : parts) {
      elements.push_back(part->type);
    }
    return values_.composite(types_.tuple(elements, has_rest), std::move(parts));
  }
  Folded cast(const Value* value, const Type* to) { return fold_cast(values_, types_, *value, to, &program_); }
  std::string text(const Folded& folded) { return folded.value != nullptr ? to_text(*folded.value) : folded.error; }

  Program program_;
  TypeTable types_;
  ValueTable values_;
};

TEST_F(ValueTest, Texts) {
  EXPECT_EQ(to_text(*values_.text(types_.string(), "a\"b\n")), "\"a\\\"b\\n\"");
  EXPECT_EQ(to_text(*tuple({any(1), values_.boolean(types_.boolean(), true)})), "{1, true}");
  EnumDeclaration& declaration = declared<EnumDeclaration>("e");
  EnumMember& member = declared<EnumMember>("a");
  declaration.members = {&member};
  const Type* const type = types_.enumeration(declaration, nullptr);
  EXPECT_EQ(to_text(*values_.member(type, member)), "e.a");
  EXPECT_EQ(to_text(*values_.composite(types_.invalid_header(), {}, false)), "{#}");
}

TEST_F(ValueTest, SerializableEnumsAreNumbersWithANameWhereThereIsOne) {
  EnumDeclaration& declaration = declared<EnumDeclaration>("e");
  EnumMember& member = declared<EnumMember>("five");
  member.value = values_.number(types_.bit(8), 5);
  declaration.members = {&member};
  const Type* const type = types_.enumeration(declaration, types_.bit(8));
  EXPECT_EQ(text(cast(any(5), type)), "e.five");
  EXPECT_EQ(text(cast(any(256 + 6), type)), "8w6");
  EXPECT_EQ(text(cast(cast(any(5), type).value, types_.bit(4))), "4w5");
  EXPECT_EQ(text(default_value(values_, types_, type, program_)), "8w0");  // although no member is 0
}

TEST_F(ValueTest, CastsOfNumbersAndBool) {
  EXPECT_EQ(text(cast(any(300), types_.bit(8))), "8w44");
  EXPECT_EQ(text(cast(any(-1), types_.bit(8))), "8w255");
  EXPECT_EQ(text(cast(values_.number(types_.bit(8), 200), types_.signed_int(8))), "-8s56");
  EXPECT_EQ(text(cast(values_.number(types_.signed_int(8), -1), types_.signed_int(16))), "-16s1");
  EXPECT_EQ(text(cast(values_.number(types_.signed_int(8), -1), types_.integer())), "-1");
  EXPECT_EQ(text(cast(values_.number(types_.bit(1), 1), types_.boolean())), "true");
  EXPECT_EQ(text(cast(values_.boolean(types_.boolean(), true), types_.bit(1))), "1w1");
  EXPECT_EQ(text(cast(any(2), types_.boolean())), "only 0 and 1 can become bool, not 2");
  const Type* const port = types_.new_type(declared<NewTypeDeclaration>("port_t"), types_.bit(9));
  const Folded on_port = cast(any(513), port);
  EXPECT_EQ(text(on_port), "9w1");
  EXPECT_EQ(on_port.value->type, port);
  EXPECT_EQ(text(cast(values_.text(types_.string(), "x"), types_.bit(8))),
            "a value of type string cannot become one of type bit<8>");
}

TEST_F(ValueTest, CastsOfListsToStructs) {
  const Type* const pair = struct_type("pair", {{"a", types_.bit(8)}, {"b", types_.boolean()}});
  const Value* const yes = values_.boolean(types_.boolean(), true);
  EXPECT_EQ(text(cast(tuple({any(257), yes}), pair)), "{8w1, true}");
  EXPECT_EQ(text(cast(tuple({any(257)}, true), pair)), "{8w1, false}");
  EXPECT_EQ(text(cast(tuple({any(257)}), pair)), "there is no value for field 'b' of pair");
  EXPECT_EQ(text(cast(tuple({any(1), yes, yes}), pair)), "pair has 2 fields, and here are 3 values");
  const Value* const named =
      values_.composite(types_.struct_value({"b", "a"}, {types_.boolean(), types_.integer()}), {yes, any(3)});
  EXPECT_EQ(to_text(*named), "{b = true, a = 3}");
  EXPECT_EQ(text(cast(named, pair)), "{8w3, true}");
  const Type* const outer = struct_type("outer", {{"p", pair}, {"q", pair}});
  const Value* const rest = values_.composite(types_.default_value(), {});
  EXPECT_EQ(text(cast(tuple({tuple({any(1), yes}), rest}), outer)), "{{8w1, true}, {8w0, false}}");
}

TEST_F(ValueTest, HeadersAndStacks) {
  const Type* const header = struct_type("h", {{"f", types_.bit(8)}}, DeclarationKind::Header);
  const Value* const invalid = values_.composite(types_.invalid_header(), {}, false);
  EXPECT_EQ(text(cast(tuple({any(1)}), header)), "{8w1}");
  EXPECT_EQ(text(cast(invalid, header)), "{#}");
  EXPECT_EQ(text(default_value(values_, types_, header, program_)), "{#}");
  EXPECT_EQ(text(cast(tuple({}, true), header)), "{8w0}");  // §8.25: `{...}` is valid, `...` is not
  const Type* const stack = types_.stack(header, 3);
  EXPECT_EQ(text(cast(tuple({tuple({any(1)})}, true), stack)), "{{8w1}, {#}, {#}}");
  EXPECT_EQ(text(cast(tuple({tuple({any(1)})}), stack)), "h[3] has 3 elements, and here are 1 values");
  EXPECT_EQ(text(cast(tuple({any(1), any(2)}), types_.tuple({types_.bit(4), types_.bit(5)}))), "{4w1, 5w2}");
  EXPECT_EQ(text(cast(tuple({any(1), any(2)}), types_.list(types_.bit(4)))), "{4w1, 4w2}");
}

TEST_F(ValueTest, Equality) {
  const Type* const header = struct_type("h", {{"f", types_.bit(8)}}, DeclarationKind::Header);
  const Value* const one = cast(tuple({any(1)}), header).value;
  EXPECT_TRUE(equal(*one, *cast(tuple({any(257)}), header).value));
  EXPECT_FALSE(equal(*one, *cast(tuple({any(2)}), header).value));
  const Value* const invalid = default_value(values_, types_, header, program_).value;
  EXPECT_FALSE(equal(*one, *invalid));
  const Value* const other = values_.composite(header, {values_.number(types_.bit(8), 9)}, false);
  EXPECT_TRUE(equal(*other, *invalid));
  EXPECT_FALSE(equal(*any(1), *values_.boolean(types_.boolean(), true)));
}

TEST_F(ValueTest, SharedPartsAreComparedOnce) {
  const Value* left = any(1);
  const Value* right = any(1);
  for (int i = 0; i < 80; ++i) {
    left = tuple({left, left});
    right = tuple({right, right});
  }
  EXPECT_TRUE(equal(*left, *right));
  EXPECT_EQ(left->parts_total, value_parts_max + 1);
  EXPECT_NE(cast(left, types_.list(types_.integer())).error, "");  // not 2^80 casts
}

TEST_F(ValueTest, Defaults) {
  EXPECT_NE(default_value(values_, types_, types_.error(), program_).error, "");
  ErrorMember& no_error = declared<ErrorMember>("NoError");
  program_.errors = {&no_error};
  EXPECT_EQ(text(default_value(values_, types_, types_.error(), program_)), "error.NoError");
  EXPECT_EQ(text(default_value(values_, types_, types_.tuple({types_.bit(4), types_.boolean()}), program_)),
            "{4w0, false}");
  EXPECT_EQ(text(default_value(values_, types_, types_.void_type(), program_)), "void has no default value");
  const Type* type = types_.bit(1);
  for (int i = 0; i < 40; ++i) {
    type = struct_type("s", {{"a", type}, {"b", type}});
  }
  EXPECT_NE(default_value(values_, types_, type, program_).error, "");  // 2^40 parts
}

}  // namespace
}  // namespace outrigger::p4
