// Types: made once, written as a programmer would, their fields and sizes.
#include "p4/types.h"

#include <gtest/gtest.h>

#include "p4/limits.h"

namespace outrigger::p4 {
namespace {

class TypesTest : public ::testing::Test {
 protected:
  template <typename T>
  T& declared(const std::string& name) {
    T& declaration = *arena_.make<T>();
    declaration.name.text = name;
    return declaration;
  }
  StructLikeDeclaration& struct_like(DeclarationKind kind, const std::string& name,
                                     const std::vector<std::pair<std::string, const Type*>>& fields) {
    StructLikeDeclaration& declaration = *arena_.make<StructLikeDeclaration>(kind);
    declaration.name.text = name;
    for (const auto& [field_name, type] : fields) {
      StructField& field = declared<StructField>(field_name);
      field.checked_type = type;
      declaration.fields.push_back(&field);
    }
    return declaration;
  }
  const Type* struct_type(const std::string& name, const std::vector<std::pair<std::string, const Type*>>& fields,
                          DeclarationKind kind = DeclarationKind::Struct) {
    return types_.struct_like(struct_like(kind, name, fields), {});
  }

  Arena arena_;
  TypeTable types_;
};

TEST_F(TypesTest, TheSameTypeIsTheSamePointer) {
  EXPECT_EQ(types_.bit(8), types_.bit(8));
  EXPECT_NE(types_.bit(8), types_.bit(9));
  EXPECT_NE(types_.bit(8), types_.signed_int(8));
  EXPECT_NE(types_.bit(8), types_.varbit(8));
  EXPECT_EQ(types_.tuple({types_.bit(8), types_.boolean()}), types_.tuple({types_.bit(8), types_.boolean()}));
  EXPECT_NE(types_.tuple({types_.bit(8)}), types_.tuple({types_.bit(8)}, true));
  EXPECT_NE(types_.tuple({types_.bit(8)}), types_.list(types_.bit(8)));
  EXPECT_EQ(types_.struct_value({"a"}, {types_.integer()}), types_.struct_value({"a"}, {types_.integer()}));
  EXPECT_NE(types_.struct_value({"a"}, {types_.integer()}), types_.struct_value({"b"}, {types_.integer()}));
  EXPECT_NE(types_.fresh_unknown(), types_.fresh_unknown());
  EXPECT_NE(struct_type("s", {}), struct_type("s", {}));  // two declarations
}

TEST_F(TypesTest, PoisonSpreads) {
  EXPECT_TRUE(types_.stack(types_.poison(), 4)->is_poison());
  EXPECT_TRUE(types_.tuple({types_.bit(1), types_.poison()})->is_poison());
  EXPECT_FALSE(types_.new_type(declared<NewTypeDeclaration>("t"), types_.poison())->is_poison());
}

TEST_F(TypesTest, NestingIsBounded) {
  const Type* type = types_.bit(1);
  for (uint32_t i = 1; i < types_depth_max; ++i) {
    type = types_.tuple({type, type});
    ASSERT_FALSE(type->is_poison());
  }
  EXPECT_EQ(type->depth, types_depth_max);
  EXPECT_TRUE(types_.tuple({type})->is_poison());
  // Each level holds the one below twice: none of these may walk 2^256 of them.
  EXPECT_LE(to_text(type).size(), type_text_bytes_max + 3);
  EXPECT_EQ(size_bits_min(types_, type), std::nullopt);
}

TEST_F(TypesTest, SubstitutionIsDoneOnceForSharedParts) {
  const Type* const variable = types_.variable(declared<TypeParameter>("T"));
  const Type* type = types_.tuple({variable, variable});
  const Type* wanted = types_.tuple({types_.bit(8), types_.bit(8)});
  for (int i = 0; i < 60; ++i) {
    type = types_.tuple({type, type});
    wanted = types_.tuple({wanted, wanted});
  }
  EXPECT_TRUE(type->has_variables);
  EXPECT_EQ(types_.substitute(type, {{variable, types_.bit(8)}}), wanted);
  EXPECT_EQ(types_.substitute(type, {}), type);
  EXPECT_FALSE(wanted->has_variables);
  EXPECT_TRUE(types_.substitute(type, {{variable, types_.poison()}})->is_poison());
}

TEST_F(TypesTest, SubstitutionThatNestsTooDeepIsPoison) {
  const Type* const variable = types_.variable(declared<TypeParameter>("T"));
  const Type* type = variable;
  for (uint32_t i = 1; i < types_depth_max; ++i) {
    type = types_.list(type);
  }
  EXPECT_TRUE(types_.substitute(type, {{variable, types_.list(types_.bit(1))}})->is_poison());
  EXPECT_FALSE(types_.substitute(type, {{variable, types_.bit(1)}})->is_poison());
}

TEST_F(TypesTest, FieldsOfAGenericStruct) {
  TypeParameter& parameter = declared<TypeParameter>("T");
  StructLikeDeclaration& declaration =
      struct_like(DeclarationKind::Struct, "pair", {{"a", types_.variable(parameter)}, {"b", types_.boolean()}});
  declaration.type_parameters.push_back(&parameter);
  const Type* const type = types_.struct_like(declaration, {types_.bit(8)});
  ASSERT_EQ(types_.fields(type).size(), 2U);
  EXPECT_EQ(types_.fields(type)[0].type, types_.bit(8));
  ASSERT_NE(types_.field(type, "b"), nullptr);
  EXPECT_EQ(types_.field(type, "b")->type, types_.boolean());
  EXPECT_EQ(types_.field(type, "b")->declaration, declaration.fields[1]);
  EXPECT_EQ(types_.field(type, "c"), nullptr);
  EXPECT_EQ(types_.field(types_.bit(8), "a"), nullptr);
  EXPECT_EQ(to_text(type), "pair<bit<8>>");
}

TEST_F(TypesTest, FieldsThatHaveNoTypeYetAreAskedAgain) {
  StructLikeDeclaration& declaration = struct_like(DeclarationKind::Struct, "s", {{"a", nullptr}});
  const Type* const type = types_.struct_like(declaration, {});
  EXPECT_TRUE(types_.fields(type)[0].type->is_poison());
  declaration.fields[0]->checked_type = types_.bit(4);
  EXPECT_EQ(types_.fields(type)[0].type, types_.bit(4));
}

TEST_F(TypesTest, Texts) {
  const Type* const header = struct_type("h_t", {{"f", types_.bit(8)}}, DeclarationKind::Header);
  EXPECT_EQ(to_text(types_.bit(8)), "bit<8>");
  EXPECT_EQ(to_text(types_.signed_int(8)), "int<8>");
  EXPECT_EQ(to_text(types_.varbit(320)), "varbit<320>");
  EXPECT_EQ(to_text(types_.integer()), "int");
  EXPECT_EQ(to_text(types_.stack(header, 4)), "h_t[4]");
  EXPECT_EQ(to_text(types_.tuple({types_.bit(8), types_.boolean()})), "tuple<bit<8>, bool>");
  EXPECT_EQ(to_text(types_.tuple({})), "tuple<>");
  EXPECT_EQ(to_text(types_.tuple({types_.integer()}, true)), "tuple<int, ...>");
  EXPECT_EQ(to_text(types_.struct_value({"a", "b"}, {types_.bit(8), types_.integer()})), "struct {bit<8> a; int b}");
  EXPECT_EQ(to_text(types_.set(types_.bit(4))), "set<bit<4>>");
  EXPECT_EQ(to_text(types_.object(declared<ExternDeclaration>("register"), {types_.bit(32)})), "register<bit<32>>");
  EXPECT_EQ(to_text(types_.named(declared<ActionDeclaration>("drop"))), "action drop");
  EXPECT_EQ(to_text(types_.invalid_header()), "{#}");
}

TEST_F(TypesTest, SizesInBits) {
  const Type* const plain = struct_type("a_t", {{"a", types_.bit(48)}, {"b", types_.boolean()}});
  const Type* const options = struct_type("o_t", {{"s", plain}, {"v", types_.varbit(320)}}, DeclarationKind::Header);
  const Type* const both = struct_type("u_t", {{"x", options}, {"y", struct_type("y_t", {{"f", types_.bit(64)}})}},
                                       DeclarationKind::HeaderUnion);
  EXPECT_EQ(size_bits_min(types_, plain), 49U);
  EXPECT_EQ(size_bits_max(types_, options), 369U);
  EXPECT_EQ(size_bits_min(types_, options), 49U);
  EXPECT_EQ(size_bits_min(types_, both), 64U);
  EXPECT_EQ(size_bits_max(types_, both), 369U);
  EXPECT_EQ(size_bits_max(types_, types_.stack(options, 3)), 3 * 369U);
  EXPECT_EQ(size_bits_max(types_, types_.tuple({types_.bit(3), types_.signed_int(5)})), 8U);
  EXPECT_EQ(size_bits_max(types_, types_.enumeration(declared<EnumDeclaration>("e"), types_.bit(16))), 16U);
  EXPECT_EQ(size_bits_max(types_, types_.enumeration(declared<EnumDeclaration>("e"), nullptr)), std::nullopt);
  EXPECT_EQ(size_bits_max(types_, types_.integer()), std::nullopt);
  EXPECT_EQ(size_bits_max(types_, types_.stack(types_.bit(1U << 20U), 1U << 16U)), std::nullopt);
}

TEST_F(TypesTest, SizesOfStructsThatDoubleTakeNoTime) {
  const Type* type = types_.bit(1);
  for (int i = 0; i < 31; ++i) {
    type = struct_type("s", {{"a", type}, {"b", type}});
  }
  EXPECT_EQ(size_bits_max(types_, type), 1U << 31U);
  type = struct_type("s", {{"a", type}, {"b", type}});
  EXPECT_EQ(size_bits_max(types_, type), std::nullopt);
}

TEST_F(TypesTest, UnderlyingGoesAllTheWayDown) {
  const Type* const serializable = types_.enumeration(declared<EnumDeclaration>("e"), types_.bit(16));
  EXPECT_EQ(underlying(types_.new_type(declared<NewTypeDeclaration>("n"), serializable)), types_.bit(16));
  EXPECT_EQ(underlying(types_.boolean()), types_.boolean());
}

}  // namespace
}  // namespace outrigger::p4
