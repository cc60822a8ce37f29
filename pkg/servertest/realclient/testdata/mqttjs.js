// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Runs one scenario with npm's mqtt: node mqttjs.js SCENARIO VERSION OPTIONS-AS-JSON.
// Ends with status 0 when all went as it should; says what did not otherwise.
'use strict'

const assert = require('node:assert')
const mqtt = require('mqtt')

const [scenario, version, address] = process.argv.slice(2)
const v5 = version === '5'

function options (id, more) {
  return {
    ...JSON.parse(address),
    clientId: id,
    protocolVersion: Number(version),
    protocolId: version === '3' ? 'MQIsdp' : 'MQTT',
    reconnectPeriod: 0,
    ...more
  }
}

// connect resolves to a client that keeps what arrives; take(n) resolves to its next n messages.
async function connect (id, more) {
  const client = mqtt.connect(options(id, more))
  const arrived = []
  let wake = () => {}
  client.on('message', (topic, payload, packet) => {
    arrived.push({ ...packet, topic, text: payload.toString() })
    wake()
  })
  client.take = async (n) => {
    while (arrived.length < n) await new Promise((resolve) => { wake = resolve })
    return arrived.splice(0, n)
  }
  client.connack = await new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed before CONNACK')))
  })
  return client
}

const scenarios = {
  // Every QoS to every granted QoS, in order.
  async levels () {
    const publisher = await connect('js-publisher')
    for (const granted of [0, 1, 2]) {
      const subscriber = await connect('js-subscriber')
      const [answer] = await subscriber.subscribeAsync('js/#', { qos: granted })
      assert.strictEqual(answer.qos, granted)
      for (const qos of [0, 1, 2]) {
        for (let i = 0; i < 20; i++) await publisher.publishAsync('js/x', `${qos} ${i}`, { qos })
      }
      const got = await subscriber.take(60)
      for (const qos of [0, 1, 2]) {
        const texts = got.filter((m) => m.text.startsWith(`${qos} `)).map((m) => m.text)
        assert.deepStrictEqual(texts, Array.from({ length: 20 }, (_, i) => `${qos} ${i}`))
      }
      for (const m of got) assert.strictEqual(m.qos, Math.min(granted, Number(m.text[0])))
      await subscriber.endAsync()
    }
    await publisher.endAsync()
  },

  // A Session outlives its connection.
  async session () {
    const keep = { clean: false, properties: v5 ? { sessionExpiryInterval: 600 } : undefined }
    let subscriber = await connect(`js-session-${version}`, keep)
    assert.ok(!subscriber.connack.sessionPresent)
    await subscriber.subscribeAsync('away/#', { qos: 2 })
    await subscriber.endAsync()
    const publisher = await connect('js-publisher')
    for (const qos of [1, 2]) {
      for (const i of [1, 2]) await publisher.publishAsync('away/x', `${i} at ${qos}`, { qos })
    }
    await publisher.endAsync()
    subscriber = await connect(`js-session-${version}`, keep)
    if (version !== '3') assert.ok(subscriber.connack.sessionPresent)
    const got = await subscriber.take(4)
    // This client hands over QoS 2 messages at PUBREL: the order is kept for each QoS only.
    for (const qos of [1, 2]) {
      assert.deepStrictEqual(got.filter((m) => m.qos === qos).map((m) => m.text),
        [`1 at ${qos}`, `2 at ${qos}`])
    }
    await subscriber.endAsync()
  },

  // What is retained comes to who subscribes later; a lost connection leaves its will.
  async retainedWill () {
    const watcher = await connect('js-watcher')
    await watcher.subscribeAsync('js/will', { qos: 1 })
    const lost = await connect('js-lost', {
      will: { topic: 'js/will', payload: 'gone', qos: 1, retain: true }
    })
    lost.stream.destroy()
    const [live] = await watcher.take(1)
    assert.deepStrictEqual([live.text, live.qos, live.retain], ['gone', 1, false])
    const late = await connect('js-late')
    await late.subscribeAsync('js/will', { qos: 1 })
    const [kept] = await late.take(1)
    assert.deepStrictEqual([kept.text, kept.qos, kept.retain], ['gone', 1, true])
    await late.publishAsync('js/will', '', { qos: 1, retain: true })
    await watcher.endAsync()
    await late.endAsync()
  },

  // A megabyte and more, both ways.
  async large () {
    const client = await connect('js-large')
    await client.subscribeAsync('js/large', { qos: 2 })
    const text = 'x'.repeat(3 << 20)
    for (const qos of [0, 1, 2]) await client.publishAsync('js/large', text, { qos })
    for (const m of await client.take(3)) assert.ok(m.text === text)
    await client.endAsync()
  },

  // 5.0: properties, reason codes, identifiers, aliases.
  async properties () {
    const client = await connect('js-properties', { properties: { topicAliasMaximum: 10 } })
    assert.ok(client.connack.properties.receiveMaximum > 0)
    await client.subscribeAsync('js/p', { qos: 1, properties: { subscriptionIdentifier: 5 } })
    const properties = {
      payloadFormatIndicator: true,
      messageExpiryInterval: 1000,
      responseTopic: 'js/answer',
      correlationData: Buffer.from([0, 1, 2]),
      userProperties: { a: ['1', '2'], b: '3' },
      contentType: 'text/plain'
    }
    for (let i = 0; i < 2; i++) {
      await client.publishAsync('js/p', 'hello', { qos: 1, properties })
      const [m] = await client.take(1)
      assert.strictEqual(m.topic, 'js/p')
      assert.strictEqual(m.properties.responseTopic, 'js/answer')
      assert.strictEqual(m.properties.contentType, 'text/plain')
      assert.strictEqual(m.properties.subscriptionIdentifier, 5)
      assert.ok(m.properties.messageExpiryInterval <= 1000)
      assert.deepStrictEqual([...m.properties.correlationData], [0, 1, 2])
      assert.deepStrictEqual(JSON.parse(JSON.stringify(m.properties.userProperties)),
        { a: ['1', '2'], b: '3' })
    }
    const [gone] = await Promise.all([
      new Promise((resolve) => client.once('disconnect', resolve)),
      connect('js-properties').then((other) => other.endAsync())
    ])
    assert.strictEqual(gone.reasonCode, 0x8e)
  }
}

scenarios[scenario]().then(() => process.exit(0), (err) => {
  console.error(err)
  process.exit(1)
})
