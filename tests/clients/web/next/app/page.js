import { auth, signIn } from "../auth.js";

// Who is signed in, and a button for who is not.
export default async function Page() {
  const session = await auth();
  if (session) return <p>{JSON.stringify(session.user)}</p>;
  const start = async () => {
    "use server";
    await signIn("oauth");
  };
  return (
    <form action={start}>
      <button>Sign in elsewhere</button>
    </form>
  );
}
