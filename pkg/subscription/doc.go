// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package subscription is the index of all subscriptions: which Topic Filters match a Topic Name,
// in which shards their subscribers live, and which member of a Shared Subscription is next.
//
// A shard is what one event loop owns. The index is one for all shards and is read without locks;
// the list of one filter's subscribers in one shard is touched by that shard's loop only. So a
// publisher's loop finds the Members of every shard concerned, and each shard goes through its own.
//
// Knows: filters, members of a filter by shard, shared groups, who of them is online.
// Does not know: what a subscriber is, how it is delivered to, retained messages.
package subscription
