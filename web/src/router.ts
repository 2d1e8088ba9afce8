// The addresses of the web client. Who is not signed in sees the welcome page at each of them (App.vue).
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';
import NothingOpen from './components/thread/NothingOpen.vue';
import ThreadPane from './components/thread/ThreadPane.vue';
import CallbackPage from './pages/CallbackPage.vue';
import ChatPage from './pages/ChatPage.vue';

/** `?at=17`: the message to show. */
const withSeq = ({ params, query }: RouteLocationNormalized) => ({
  ...params,
  at: Number(query['at']) > 0 ? Number(query['at']) : undefined,
});

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/callback', name: 'callback', component: CallbackPage },
    {
      path: '/',
      component: ChatPage,
      children: [
        { path: '', name: 'home', component: NothingOpen },
        { path: 'c/:conversation/:panel(info|search)?', name: 'conversation', component: ThreadPane, props: withSeq },
        { path: 'settings/:page?', name: 'settings', component: () => import('./pages/SettingsPage.vue'), props: true },
        { path: 'starred', name: 'starred', component: () => import('./pages/StarredPage.vue') },
        { path: 'join/:code', name: 'join', component: () => import('./pages/JoinPage.vue'), props: true },
      ],
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});
