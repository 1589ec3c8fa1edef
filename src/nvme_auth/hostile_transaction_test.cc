// Transactions whose messages were changed, cut, repeated, turned round or sent out of order: they fail cleanly.
#include "nvme_auth/limits.h"
#include "nvme_auth/test_bytes.h"
#include "nvme_auth/transaction_pair.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_auth {
namespace {

bool is_between(size_t offset, size_t first, size_t last) { return offset >= first && offset <= last; }

// Bytes that the specification has the receiver ignore (reserved, or not valid in this transaction), and the lists of
// AUTH_Negotiate, which nothing protects: another choice of hash or group is a transaction like any other.
bool may_change(size_t index, size_t offset, bool is_bidirectional) {
  constexpr size_t hash = 32;
  if (is_between(offset, 2, 3)) {
    return true;
  }
  switch (index) {
    case 0: return offset >= 9;
    case 1: return offset == 7;
    case 2:
      return offset == 7 || offset == 9 ||
             (!is_bidirectional && (is_between(offset, 12, 15) || is_between(offset, 16 + hash, 15 + 2 * hash)));
    case 3:
      return offset == 7 || is_between(offset, 9, 15) ||
             (!is_bidirectional && (offset == 8 || is_between(offset, 16, 15 + hash)));
    default: return offset >= 6;
  }
}

void flip_every_byte(DhGroup group, bool is_bidirectional, std::span<const unsigned> flips) {
  PairOptions options;
  options.host_groups = {group};
  options.host_asks_controller = is_bidirectional;
  TransactionPair reference(options);
  reference.run();
  ASSERT_TRUE(reference.both(TransactionState::Authenticated));
  for (size_t index = 0; index < reference.passed.size(); ++index) {
    for (size_t offset = 0; offset < reference.passed[index].size(); ++offset) {
      for (const unsigned flip : flips) {
        TransactionPair pair(options);
        pair.run([&](size_t at, Message& message) {
          if (at == index) {
            message[offset] ^= static_cast<std::byte>(flip);
          }
        });
        if (pair.both(TransactionState::Authenticated)) {
          EXPECT_TRUE(may_change(index, offset, is_bidirectional)) << index << ' ' << offset << ' ' << flip;
        } else if (index != 0 || offset < 9) {
          // Whoever was content before the other one failed hears of it.
          EXPECT_TRUE(pair.both(TransactionState::Failed)) << index << ' ' << offset << ' ' << flip;
        }
      }
    }
  }
}

TEST(HostileTransaction, every_bit_of_every_message_counts_in_the_null_group) {
  const unsigned flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
  flip_every_byte(DhGroup::Null, true, flips);
  flip_every_byte(DhGroup::Null, false, flips);
}
TEST(HostileTransaction, every_byte_of_every_message_counts_with_a_dh_exchange) {
  const unsigned flips[] = {0x80};
  flip_every_byte(DhGroup::Ffdhe2048, true, flips);
}

TEST(HostileTransaction, every_cut_fails) {
  PairOptions options;
  options.host_asks_controller = true;
  TransactionPair reference(options);
  reference.run();
  for (size_t index = 0; index < reference.passed.size(); ++index) {
    for (size_t size = 0; size < reference.passed[index].size(); ++size) {
      TransactionPair pair(options);
      pair.run([&](size_t at, Message& message) {
        if (at == index) {
          message.resize(size);
        }
      });
      // A cut AUTH_Success2 finds a host that is content already; the controller is not.
      EXPECT_EQ(pair.controller->state(), TransactionState::Failed) << index << ' ' << size;
      EXPECT_EQ(pair.host->state(), TransactionState::Failed) << index << ' ' << size;
    }
  }
}

TEST(HostileTransaction, too_long_a_message_fails) {
  TransactionPair pair;
  pair.controller->receive(Message(message_bytes_max + 1));
  EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(Explanation::IncorrectPayload));
  pair.host->receive(Message(message_bytes_max + 1));
  EXPECT_EQ(pair.host->failure(), static_cast<uint8_t>(Explanation::IncorrectPayload));
}

// The room after a message's end is the buffer's, not the message's.
TEST(HostileTransaction, bytes_behind_a_message_are_not_looked_at) {
  PairOptions options;
  options.host_asks_controller = true;
  options.host_groups = {DhGroup::Ffdhe2048};
  TransactionPair pair(options);
  pair.run([](size_t, Message& message) { message.resize(message_bytes_max, std::byte{0xEE}); });
  EXPECT_TRUE(pair.both(TransactionState::Authenticated));
}

TEST(HostileTransaction, a_challenge_that_comes_back_fails) {
  PairOptions options;
  options.host_asks_controller = true;
  TransactionPair pair(options);
  Message challenge;
  pair.run([&](size_t index, Message& message) {
    if (index == 1) {
      challenge = message;
    } else if (index == 2) {
      std::copy_n(challenge.begin() + 16, 32, message.begin() + 48);
    }
  });
  EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(Explanation::AuthenticationFailed));
  EXPECT_EQ(to_hex(pair.passed.back()), "00f1000034120101");
}

TEST(HostileTransaction, a_dh_value_that_comes_back_or_is_none_of_the_group_fails) {
  PairOptions options;
  options.host_groups = {DhGroup::Ffdhe2048};
  const Message zero(256);
  Message one_value(256);
  one_value.back() = std::byte{1};
  const Message one = one_value;
  const Message above(256, std::byte{0xFF});
  for (const Message* value : {static_cast<const Message*>(nullptr), &zero, &one, &above}) {
    for (const size_t target : {1U, 2U}) {
      TransactionPair pair(options);
      Message challenge;
      pair.run([&](size_t index, Message& message) {
        if (index == 1) {
          challenge = message;
        }
        if (index != target || (value == nullptr && index == 1)) {
          return;
        }
        const std::byte* from = value != nullptr ? value->data() : challenge.data() + 48;
        std::copy_n(from, 256, message.end() - 256);
      });
      if (value != nullptr || target == 2) {
        EXPECT_TRUE(pair.both(TransactionState::Failed)) << target;
        EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(Explanation::IncorrectPayload)) << target;
      }
    }
  }
}

TEST(HostileTransaction, an_earlier_reply_does_not_work_again) {
  TransactionPair earlier;
  earlier.run();
  ASSERT_TRUE(earlier.both(TransactionState::Authenticated));
  TransactionPair pair;
  pair.run([&](size_t index, Message& message) {
    if (index == 2) {
      message = earlier.passed[2];
    }
  });
  EXPECT_TRUE(pair.both(TransactionState::Failed));
  EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(Explanation::AuthenticationFailed));
}

TEST(HostileTransaction, messages_out_of_order_fail) {
  TransactionPair reference({.host_asks_controller = true});
  reference.run();
  ASSERT_EQ(reference.passed.size(), 5U);
  // What the controller is given instead of the message that is due.
  for (size_t due = 0; due <= 4; due += 2) {
    for (size_t given = 0; given < 5; ++given) {
      if (given == due) {
        continue;
      }
      TransactionPair pair({.host_asks_controller = true});
      pair.run([&](size_t index, Message& message) {
        if (index == due) {
          message = reference.passed[given];
        }
      });
      EXPECT_EQ(pair.controller->state(), TransactionState::Failed) << due << ' ' << given;
      EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(Explanation::IncorrectMessage)) << due << ' ' << given;
    }
  }
}

TEST(HostileTransaction, a_host_that_does_not_fetch_fails) {
  TransactionPair pair;
  const Message negotiate(pair.host->message().begin(), pair.host->message().end());
  pair.controller->receive(negotiate);
  EXPECT_FALSE(pair.controller->message().empty());
  pair.controller->receive(negotiate);
  EXPECT_EQ(pair.controller->state(), TransactionState::Failed);
  EXPECT_EQ(to_hex(pair.controller->message()), "00f1000034120107");
  // What we have to say stays, whatever comes.
  pair.controller->receive(negotiate);
  EXPECT_EQ(to_hex(pair.controller->message()), "00f1000034120107");
  pair.controller->message_sent();
  EXPECT_TRUE(pair.controller->message().empty());
  EXPECT_EQ(pair.controller->state(), TransactionState::Failed);
}

TEST(HostileTransaction, a_host_cannot_skip_its_reply) {
  TransactionPair pair;
  pair.controller->receive(pair.host->message());
  pair.controller->message_sent();
  pair.controller->receive(build_success2(0x1234));
  EXPECT_EQ(pair.controller->state(), TransactionState::Failed);
}

TEST(HostileTransaction, a_controller_cannot_skip_its_response_or_choose_what_was_not_offered) {
  PairOptions options;
  options.host_asks_controller = true;
  TransactionPair pair(options);
  pair.run([](size_t index, Message& message) {
    if (index == 3) {
      message = build_success1(0x1234, HashId::Sha256, {});
    }
  });
  EXPECT_EQ(pair.host->state(), TransactionState::Failed);
  EXPECT_EQ(pair.host->failure(), static_cast<uint8_t>(Explanation::AuthenticationFailed));

  const auto c1 = counted(48, 1);
  TransactionPair other;
  other.host->message_sent();
  other.host->receive(build_challenge(0x1234, {HashId::Sha384, DhGroup::Null, 1, c1, {}}));
  EXPECT_EQ(other.host->failure(), static_cast<uint8_t>(Explanation::HashNotUsable));
  const auto value = counted(256, 1);
  TransactionPair third;
  third.host->message_sent();
  third.host->receive(build_challenge(0x1234, {HashId::Sha256, DhGroup::Ffdhe2048, 1, std::span(c1).first(32), value}));
  EXPECT_EQ(third.host->failure(), static_cast<uint8_t>(Explanation::DhGroupNotUsable));
  EXPECT_EQ(to_hex(third.host->message()), "00f0000034120105");
}

TEST(HostileTransaction, a_concatenation_needs_the_hosts_challenge) {
  PairOptions options;
  options.host_groups = {DhGroup::Ffdhe2048};
  options.secure_channel = SecureChannel::NewTlsPsk;
  TransactionPair pair(options);
  pair.run([](size_t index, Message& message) {
    if (index == 2) {
      message[8] = std::byte{0};  // CVALID
    }
  });
  EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(Explanation::IncorrectPayload));
  EXPECT_TRUE(pair.both(TransactionState::Failed));
}

TEST(HostileTransaction, a_failure_of_the_peer_ends_it_with_the_peers_reason) {
  TransactionPair pair;
  pair.controller->receive(pair.host->message());
  pair.host->message_sent();
  pair.controller->receive(build_failure(MessageId::Failure2, 0x1234, Explanation::DhGroupNotUsable));
  EXPECT_EQ(pair.controller->state(), TransactionState::Failed);
  EXPECT_EQ(pair.controller->failure(), 5);
  EXPECT_TRUE(pair.controller->message().empty());
  pair.host->receive(build_failure(MessageId::Failure1, 0x1234, Explanation::HashNotUsable));
  EXPECT_EQ(pair.host->failure(), 4);
  EXPECT_TRUE(pair.host->message().empty());
  EXPECT_EQ(explanation_text(pair.host->failure()), "hash function not usable");
  EXPECT_EQ(explanation_text(0x77), "unknown reason");
}

}  // namespace
}  // namespace outrigger::nvme_auth
