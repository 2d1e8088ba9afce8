// The addresses of the web client. Who is not signed in sees the welcome page at each of them (App.vue).
import { createRouter, createWebHistory } from 'vue-router';
import NothingOpen from './components/thread/NothingOpen.vue';
import ThreadPane from './components/thread/ThreadPane.vue';
import CallbackPage from './pages/CallbackPage.vue';
import ChatPage from './pages/ChatPage.vue';

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/callback', name: 'callback', component: CallbackPage },
    {
      path: '/',
      component: ChatPage,
      children: [
        { path: '', name: 'home', component: NothingOpen },
        { path: 'c/:conversation/:panel(info)?', name: 'conversation', component: ThreadPane, props: true },
        { path: 'settings/:page?', name: 'settings', component: () => import('./pages/SettingsPage.vue'), props: true },
        { path: 'join/:code', name: 'join', component: () => import('./pages/JoinPage.vue'), props: true },
      ],
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});
