#include "nvme/error_log.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace outrigger::nvme {
namespace {

using Entries = std::array<ErrorLogEntry, error_log_entries>;

TEST(ErrorLog, S5_16_1_2_is_empty_at_first) {
  const ErrorLog log;
  Entries entries;
  entries[3].error_count = 9;
  log.read(entries);
  for (const ErrorLogEntry& entry : entries) {
    EXPECT_EQ(entry.error_count, 0U);
  }
  EXPECT_EQ(log.error_count(), 0U);
}

TEST(ErrorLog, S5_16_1_2_newest_first_with_every_field) {
  ErrorLog log;
  EXPECT_FALSE(log.add({.sqid = 1, .cid = 2, .status = Status::final(StatusCode::InvalidField)}));
  EXPECT_FALSE(log.add({.sqid = 0x1234,
                        .cid = 0xFEDC,
                        .status = Status::final(StatusCode::LbaOutOfRange).with_more(),
                        .location = 40,
                        .lba = 0x123456789ABCDEF0,
                        .nsid = 0x55667788}));
  Entries entries;
  log.read(entries);
  EXPECT_EQ(entries[0].error_count, 2U);
  EXPECT_EQ(entries[0].sqid, 0x1234U);
  EXPECT_EQ(entries[0].cid, 0xFEDCU);
  EXPECT_EQ(entries[0].status, 0x6080U << 1U) << "DNR, More, LBA Out of Range";
  EXPECT_EQ(entries[0].parameter_error_location, 40U);
  EXPECT_EQ(entries[0].lba, 0x123456789ABCDEF0U);
  EXPECT_EQ(entries[0].nsid, 0x55667788U);
  EXPECT_EQ(entries[0].trtype, 3U);
  EXPECT_EQ(entries[1].error_count, 1U);
  EXPECT_EQ(entries[1].parameter_error_location, nowhere);
  EXPECT_EQ(entries[2].error_count, 0U);
}

TEST(ErrorLog, keeps_the_latest) {
  ErrorLog log;
  for (uint16_t i = 0; i < 3 * error_log_entries + 5; ++i) {
    EXPECT_FALSE(log.add({.cid = i}));
  }
  Entries entries;
  log.read(entries);
  for (uint32_t i = 0; i < error_log_entries; ++i) {
    EXPECT_EQ(entries[i].error_count, 3 * error_log_entries + 5 - i);
    EXPECT_EQ(entries[i].cid + 1U, entries[i].error_count);
  }
}

TEST(ErrorLog, many_cores_add) {
  ErrorLog log;
  std::atomic<uint32_t> told{0};
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads) {
    thread = std::thread([&log, &told] {
      Entries entries;
      for (uint16_t i = 0; i < 200; ++i) {
        told += log.add({.cid = i, .status = Status::final(StatusCode::InternalError)}) ? 1 : 0;
        log.read(entries);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(log.error_count(), 800U);
  EXPECT_EQ(told, 1U) << "of all cores together";
}

TEST(ErrorLog, S5_2_the_first_that_is_worth_an_event_is_told_until_it_is_rearmed) {
  ErrorLog log;
  const auto add = [&log](StatusCode code) { return log.add({.status = Status::retryable(code).with_more()}); };
  EXPECT_FALSE(add(StatusCode::InvalidField));
  for (const StatusCode code : {StatusCode::InternalError, StatusCode::WriteFault, StatusCode::UnrecoveredReadError}) {
    EXPECT_TRUE(add(code));
    for (int i = 0; i < 1000; ++i) {
      EXPECT_FALSE(add(StatusCode::InternalError)) << i;
    }
    log.rearm();
  }
}

// What a host did wrong or may not do, what is full, and what goes by another path.
TEST(ErrorLog, S5_2_most_errors_are_no_event) {
  for (const StatusCode code : {StatusCode::Success,
                                StatusCode::InvalidOpcode,
                                StatusCode::InvalidField,
                                StatusCode::DataTransferError,
                                StatusCode::AbortRequested,
                                StatusCode::AbortFailedFused,
                                StatusCode::InvalidNamespaceOrFormat,
                                StatusCode::KeepAliveTimerExpired,
                                StatusCode::AbortedByPreempt,
                                StatusCode::NamespaceIsWriteProtected,
                                StatusCode::CommandInterrupted,
                                StatusCode::TransientTransportError,
                                StatusCode::LbaOutOfRange,
                                StatusCode::CapacityExceeded,
                                StatusCode::NamespaceNotReady,
                                StatusCode::ReservationConflict,
                                StatusCode::CompareFailure,
                                StatusCode::AccessDenied,
                                StatusCode::InternalPathError,
                                StatusCode::AnaInaccessible}) {
    EXPECT_FALSE(is_worth_event(Status::final(code))) << static_cast<int>(code);
  }
}

}  // namespace
}  // namespace outrigger::nvme
