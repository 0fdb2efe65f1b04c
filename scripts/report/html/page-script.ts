/** Comfort only: the page is whole without it. The filter stays when the page is loaded again; one button unfolds everything. */
export const PAGE_SCRIPT = `
const filter = document.querySelector('#only-failed')
filter.checked = location.hash === '#only-failed'
filter.addEventListener('change', () => history.replaceState(null, '', filter.checked ? '#only-failed' : location.pathname))

const fold = document.querySelector('#fold')
fold.hidden = false
fold.addEventListener('click', () => {
  const open = fold.textContent === fold.dataset.open
  for (const details of document.querySelectorAll('details')) details.open = open
  fold.textContent = open ? fold.dataset.close : fold.dataset.open
})

const unfoldTarget = () => {
  const lab = location.hash.startsWith('#lab-') && document.getElementById(location.hash.slice(1))
  if (lab) lab.open = true
}
addEventListener('hashchange', unfoldTarget)
unfoldTarget()
`
