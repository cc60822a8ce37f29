// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"context"
	"log/slog"
	"time"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/topic"
)

// handleConnect decides about a CONNECT (3.1). When the Client Identifier's home is another loop,
// the connection goes there first and the CONNECT is handled there.
func (c *Client) handleConnect(f packet.Frame, rest []byte) error {
	p := &c.loop.connect
	p.Version, p.ClientID = 0, nil // whatever fails, nothing of another Client's is left
	d := c.decoder()
	err := d.Connect(f, p)
	c.version = p.Version
	if err != nil {
		return err
	}
	if p.Properties.Has(packet.MaximumPacketSize) {
		c.maxPacket = p.Properties.MaximumPacketSize
	}
	if err := c.checkIdentity(p); err != nil {
		return err
	}
	shard := c.loop.Shard
	if len(p.ClientID) > 0 {
		if home := shard.Home(p.ClientID); home != shard.Number {
			c.leave(home, f.Raw, rest)
			return nil
		}
	}
	shard.Count.Add(metrics.Connects, 1)
	if p.Properties.Has(packet.AuthenticationMethod) {
		return mqtt.Errorf(mqtt.BadAuthenticationMethod, "no enhanced authentication here")
	}
	return c.login(p)
}

// leave moves the connection to the loop where its Session lives, CONNECT and all.
func (c *Client) leave(home int, connect, rest []byte) {
	unread := make([]byte, 0, len(connect)+len(rest))
	unread = append(append(unread, connect...), rest...)
	shard := c.loop.Shard
	shard.Timers.Stop(&c.timer)
	c.framer.Release(shard.Buffers)
	c.state, c.version = leaving, 0
	c.socket.Move(home, unread)
}

// checkIdentity applies the rules for Client Identifier and User Name.
func (c *Client) checkIdentity(p *packet.Connect) error {
	o := c.options
	switch {
	case len(p.ClientID) == 0 && (p.Version == mqtt.V31 || p.Version == mqtt.V311 && !p.CleanStart):
		return mqtt.Errorf(mqtt.ClientIdentifierNotValid, "empty") // 3.1.1: [MQTT-3.1.3-8]
	case !o.AllowUnsafeClientID && topic.HasWildcard(mqtt.Borrow(p.ClientID)):
		return mqtt.Errorf(mqtt.ClientIdentifierNotValid,
			"'+' or '#' in it (allow_unsafe_clientid_chars)")
	case p.HasUsername && len(p.Username) == 0 && !o.EmptyUsernameIsAnonymous:
		return mqtt.Errorf(mqtt.BadUserNameOrPassword,
			"empty user name (zero_byte_username_is_anonymous)")
	case !o.AllowUnsafeUsername && topic.HasWildcard(mqtt.Borrow(p.Username)):
		return mqtt.Errorf(mqtt.BadUserNameOrPassword,
			"'+' or '#' in user name (allow_unsafe_username_chars)")
	}
	return nil
}

// login authenticates the Client and gives it its Session.
func (c *Client) login(p *packet.Connect) error {
	shard := c.loop.Shard
	id, assigned := mqtt.ClientID(mqtt.Borrow(p.ClientID)), false
	if len(id) == 0 {
		id, assigned = shard.AssignID(), true // [MQTT-3.1.3-6]
	}
	username, err := c.authenticate(p, id)
	if err != nil {
		return err
	}
	will, err := c.will(p, id, username)
	if err != nil {
		return err
	}
	a := broker.Arrival{
		ID: id, Username: username, Version: p.Version, Bridge: p.Bridge,
		CleanStart: p.CleanStart, ExpiryInterval: expiryInterval(&p.Properties),
		ReceiveMaximum: receiveMaximum(&p.Properties), Will: will, Connection: c,
	}
	who, present, err := shard.Admit(a)
	if err != nil {
		return err
	}
	if will != nil {
		// From here on the names are the Session's own, not the packet's.
		will.Message.Publisher, will.Message.Username = who.ID, who.Username
	}
	if !c.accept(p, who, present, assigned) {
		c.session, c.state = nil, waiting
		shard.Abandon(who, present)
		return mqtt.Errorf(mqtt.PacketTooLarge, "CONNACK does not fit Maximum Packet Size")
	}
	shard.Attach(who, c, a.ReceiveMaximum)
	return nil
}

// authenticate returns the user name of a Client that is who it says it is.
func (c *Client) authenticate(p *packet.Connect, id mqtt.ClientID) (string, error) {
	username := mqtt.Borrow(p.Username)
	if c.options.Certificate != CertificateIgnored {
		name, err := c.socket.CertifiedName()
		if err != nil {
			return "", mqtt.Errorf(mqtt.BadUserNameOrPassword, "%v", err)
		}
		if username = name; c.options.Certificate == CertificateSuffices {
			return username, nil
		}
	}
	if !c.loop.Shard.Options.Auth.Authenticate(auth.Identity{
		ClientID: id, Username: username, HasUsername: len(username) > 0,
		Password: p.Password, Address: c.socket.RemoteAddr(),
	}, c.options.AllowAnonymous) {
		return "", mqtt.Errorf(mqtt.NotAuthorized, "refused by authentication")
	}
	return username, nil
}

// accept makes the connection a connected one and sends CONNACK. It reports false if that cannot
// be sent to this Client.
func (c *Client) accept(
	p *packet.Connect, who *session.Session, present, assigned bool,
) bool {
	c.session, c.state = who, connected
	c.framer.Max = c.options.MaxPacket
	c.problemInfo = !p.Properties.Has(packet.RequestProblemInformation) ||
		p.Properties.RequestProblemInformation == 1
	c.canChangeExpiry = expiryInterval(&p.Properties) > 0
	if p.Properties.Has(packet.TopicAliasMaximum) {
		c.aliasMaximum = min(p.Properties.TopicAliasMaximum, c.options.MaxOutgoingAliases)
	}
	c.keepAlive = p.KeepAlive
	if p.Version == mqtt.V50 {
		c.keepAlive = max(c.keepAlive, c.options.MinimumKeepAlive)
	}
	c.startKeepAlive()
	if !c.sendConnack(p, present, assigned) {
		return false
	}
	if c.loop.Log.Enabled(context.Background(), slog.LevelInfo) {
		c.loop.Log.Info("client connected", "client", string(who.ID), "username", who.Username,
			"address", c.address(), "version", p.Version.String(),
			"clean", p.CleanStart, "keepalive", c.keepAlive, "session_present", present)
	}
	if shard := c.loop.Shard; shard.Options.SysClients {
		shard.List(who, broker.Presence{Username: who.Username, Address: c.address(),
			Version: p.Version.String(), KeepAlive: c.keepAlive, CleanStart: p.CleanStart})
	}
	return true
}

func expiryInterval(p *packet.Properties) uint32 {
	if p.Has(packet.SessionExpiryInterval) {
		return p.SessionExpiryInterval
	}
	return 0
}

func receiveMaximum(p *packet.Properties) uint16 {
	if p.Has(packet.ReceiveMaximum) {
		return p.ReceiveMaximum
	}
	return 1<<16 - 1 // (5.0, 3.1.2.11.3)
}

// will takes the Will Message out of CONNECT. Names are still borrowed from the packet.
func (c *Client) will(p *packet.Connect, id mqtt.ClientID, username string) (*mqtt.Will, error) {
	shard := c.loop.Shard
	o := shard.Options
	if !p.Will || !o.Wills {
		return nil, nil
	}
	if err := topic.CheckName(mqtt.Borrow(p.WillTopic), o.MaxTopicLevels); err != nil {
		return nil, err
	}
	if p.WillQoS > c.options.MaxQoS {
		if p.Version != mqtt.V50 && c.options.ExceedDrops {
			return nil, nil
		}
		return nil, mqtt.Errorf(mqtt.QoSNotSupported, "will above QoS %d", c.options.MaxQoS)
	}
	if p.WillRetain && o.Retained == broker.RetainedDisconnects {
		return nil, mqtt.Errorf(mqtt.RetainNotSupported, "retained will")
	}
	if err := checkPayload(&p.WillProperties, p.WillPayload); err != nil {
		return nil, err
	}
	allowed := !o.Auth.Restricts() || o.Auth.Authorize(auth.Access{
		ClientID: id, Username: username, Action: auth.RegisterWill,
		Topic: mqtt.Borrow(p.WillTopic), QoS: p.WillQoS, Retain: p.WillRetain,
	})
	if !allowed || topic.Hidden(mqtt.Borrow(p.WillTopic)) {
		return nil, nil // FlashMQ: forgotten without a word
	}
	m := mqtt.Message{
		Topic: mqtt.Borrow(p.WillTopic), Payload: p.WillPayload,
		Properties: p.WillProperties.Forward(nil), QoS: p.WillQoS, Retain: p.WillRetain,
	}
	w := &mqtt.Will{Message: m.Clone()}
	if p.WillProperties.Has(packet.WillDelayInterval) {
		w.Delay = p.WillProperties.WillDelayInterval
	}
	if p.WillProperties.Has(packet.MessageExpiryInterval) {
		w.Expires = true
		w.Expiry = int64(p.WillProperties.MessageExpiryInterval) * int64(time.Second)
	}
	return w, nil
}

// refuse answers a CONNECT that is not accepted, if its version has a way to say why
// [MQTT-3.2.2-7].
func (c *Client) refuse(reason *mqtt.ReasonError) {
	p := &c.loop.connack
	*p = packet.Connack{Code: reason.Code}
	version := c.version
	if version != mqtt.V31 && version != mqtt.V311 && version != mqtt.V50 {
		// One we do not speak: answered in the way of the nearest that has an answer.
		version = mqtt.V50
		if c.version < mqtt.V50 {
			version = mqtt.V311
		}
	}
	if version == mqtt.V50 && c.options.ReasonStrings && reason.Reason != "" && c.maxPacket == 0 {
		p.Properties.SetReasonString([]byte(reason.Reason))
	}
	b := c.out.Reserve(c.loop.Shard.Buffers, connackRoom)
	at := len(b)
	b, err := packet.AppendConnack(b, version, p)
	if err != nil || c.maxPacket != 0 && uint32(len(b)-at) > c.maxPacket {
		return // no return code for it in 3.x, or too large [MQTT-3.1.2-24]: just closed
	}
	c.out.Commit(b)
	c.schedule()
}
