// The read-out under each chart: the values at the time nearest to the pointer. The page is complete without it.
for (const source of document.querySelectorAll('figure script')) {
  const data = JSON.parse(source.textContent), figure = source.parentElement
  const svg = figure.querySelector('svg'), readout = figure.querySelector('.readout')
  const [left, right, top, bottom] = data.x, [from, to] = data.t
  const cursor = svg.appendChild(document.createElementNS(svg.namespaceURI, 'line'))
  cursor.setAttribute('class', 'cursor')
  for (const line of data.lines) { let time = from; line.times = line.dt.map(step => time += step) }
  const number = value => value.toLocaleString('en', {minimumFractionDigits: data.places, maximumFractionDigits: data.places})
  const nearest = (times, time) => {
    const next = times.findIndex(each => each >= time)
    if (next < 0) return times.length - 1
    return next > 0 && time - times[next - 1] < times[next] - time ? next - 1 : next
  }
  const words = (line, index) => {
    const range = line.low && line.low[index] !== line.high[index]
    return `${line.name} ${number(line.last[index])}` + (range ? ` (${number(line.low[index])} to ${number(line.high[index])})` : '')
  }
  svg.addEventListener('pointermove', event => {
    const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x
    const time = from + (Math.min(Math.max(x, left), right) - left) / (right - left) * (to - from)
    const shown = data.lines[0].times[nearest(data.lines[0].times, time)]
    const place = left + (shown - from) / (to - from) * (right - left)
    for (const [name, value] of Object.entries({x1: place, x2: place, y1: top, y2: bottom})) cursor.setAttribute(name, value)
    const values = data.lines.map(line => words(line, nearest(line.times, shown)))
    readout.textContent = `${new Date(shown * 1000).toISOString().slice(0, 16).replace('T', ' ')} · ${values.join(' · ')} ${data.unit}`
  })
}
