public final class Greeter {
    public static void main(String[] names) {
        for (String name : names) {
            System.out.println("Hello, " + name);
        }
    }
}
