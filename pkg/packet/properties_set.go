// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

// The setters. A slice is kept as it is: the caller leaves it alone until the packet is encoded.

// SetPayloadFormat sets the Payload Format Indicator: 0 bytes, 1 UTF-8.
func (p *Properties) SetPayloadFormat(v byte) {
	p.PayloadFormat = v
	p.mark(PayloadFormat)
}

// SetMessageExpiryInterval sets the Message Expiry Interval in seconds.
func (p *Properties) SetMessageExpiryInterval(v uint32) {
	p.MessageExpiryInterval = v
	p.mark(MessageExpiryInterval)
}

// SetContentType sets the Content Type.
func (p *Properties) SetContentType(v []byte) {
	p.ContentType = v
	p.mark(ContentType)
}

// SetResponseTopic sets the Response Topic.
func (p *Properties) SetResponseTopic(v []byte) {
	p.ResponseTopic = v
	p.mark(ResponseTopic)
}

// SetCorrelationData sets the Correlation Data.
func (p *Properties) SetCorrelationData(v []byte) {
	p.CorrelationData = v
	p.mark(CorrelationData)
}

// SetSessionExpiryInterval sets the Session Expiry Interval in seconds.
func (p *Properties) SetSessionExpiryInterval(v uint32) {
	p.SessionExpiryInterval = v
	p.mark(SessionExpiryInterval)
}

// SetAssignedClientIdentifier sets the Assigned Client Identifier.
func (p *Properties) SetAssignedClientIdentifier(v []byte) {
	p.AssignedClientIdentifier = v
	p.mark(AssignedClientIdentifier)
}

// SetServerKeepAlive sets the Server Keep Alive in seconds.
func (p *Properties) SetServerKeepAlive(v uint16) {
	p.ServerKeepAlive = v
	p.mark(ServerKeepAlive)
}

// SetAuthenticationMethod sets the Authentication Method.
func (p *Properties) SetAuthenticationMethod(v []byte) {
	p.AuthenticationMethod = v
	p.mark(AuthenticationMethod)
}

// SetAuthenticationData sets the Authentication Data.
func (p *Properties) SetAuthenticationData(v []byte) {
	p.AuthenticationData = v
	p.mark(AuthenticationData)
}

// SetRequestProblemInformation sets the Request Problem Information: 0 or 1.
func (p *Properties) SetRequestProblemInformation(v byte) {
	p.RequestProblemInformation = v
	p.mark(RequestProblemInformation)
}

// SetWillDelayInterval sets the Will Delay Interval in seconds.
func (p *Properties) SetWillDelayInterval(v uint32) {
	p.WillDelayInterval = v
	p.mark(WillDelayInterval)
}

// SetRequestResponseInformation sets the Request Response Information: 0 or 1.
func (p *Properties) SetRequestResponseInformation(v byte) {
	p.RequestResponseInformation = v
	p.mark(RequestResponseInformation)
}

// SetResponseInformation sets the Response Information.
func (p *Properties) SetResponseInformation(v []byte) {
	p.ResponseInformation = v
	p.mark(ResponseInformation)
}

// SetServerReference sets the Server Reference.
func (p *Properties) SetServerReference(v []byte) {
	p.ServerReference = v
	p.mark(ServerReference)
}

// SetReasonString sets the Reason String.
func (p *Properties) SetReasonString(v []byte) {
	p.ReasonString = v
	p.mark(ReasonString)
}

// SetReceiveMaximum sets the Receive Maximum, at least 1.
func (p *Properties) SetReceiveMaximum(v uint16) {
	p.ReceiveMaximum = v
	p.mark(ReceiveMaximum)
}

// SetTopicAliasMaximum sets the Topic Alias Maximum.
func (p *Properties) SetTopicAliasMaximum(v uint16) {
	p.TopicAliasMaximum = v
	p.mark(TopicAliasMaximum)
}

// SetTopicAlias sets the Topic Alias, at least 1.
func (p *Properties) SetTopicAlias(v uint16) {
	p.TopicAlias = v
	p.mark(TopicAlias)
}

// SetMaximumQoS sets the Maximum QoS: 0 or 1; 2 is said by leaving it out.
func (p *Properties) SetMaximumQoS(v byte) {
	p.MaximumQoS = v
	p.mark(MaximumQoS)
}

// SetRetainAvailable sets the Retain Available: 0 or 1.
func (p *Properties) SetRetainAvailable(v byte) {
	p.RetainAvailable = v
	p.mark(RetainAvailable)
}

// SetMaximumPacketSize sets the Maximum Packet Size in bytes, at least 1.
func (p *Properties) SetMaximumPacketSize(v uint32) {
	p.MaximumPacketSize = v
	p.mark(MaximumPacketSize)
}

// SetWildcardSubscriptionAvailable sets the Wildcard Subscription Available: 0 or 1.
func (p *Properties) SetWildcardSubscriptionAvailable(v byte) {
	p.WildcardSubscriptionAvailable = v
	p.mark(WildcardSubscriptionAvailable)
}

// SetSubscriptionIdentifierAvailable sets the Subscription Identifier Available: 0 or 1.
func (p *Properties) SetSubscriptionIdentifierAvailable(v byte) {
	p.SubscriptionIdentifierAvailable = v
	p.mark(SubscriptionIdentifierAvailable)
}

// SetSharedSubscriptionAvailable sets the Shared Subscription Available: 0 or 1.
func (p *Properties) SetSharedSubscriptionAvailable(v byte) {
	p.SharedSubscriptionAvailable = v
	p.mark(SharedSubscriptionAvailable)
}
