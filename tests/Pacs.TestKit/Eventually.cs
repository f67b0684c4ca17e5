using System.Runtime.CompilerServices;

namespace Pacs.TestKit;

/// <summary>Waits for a condition, never for a time.</summary>
public static class Eventually
{
    /// <summary>How long what has to come is waited for: long enough for a machine that has much else to do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <exception cref="TimeoutException">It did not come true in time.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, int timeoutSeconds = 180, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var deadline = DateTime.UtcNow.AddSeconds(timeoutSeconds);
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) throw new TimeoutException($"Not true within {timeoutSeconds} s: {what}");
            await Task.Delay(20);
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, int, string)"/>
    public static Task TrueAsync(Func<bool> condition, int timeoutSeconds = 180, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        TrueAsync(() => Task.FromResult(condition()), timeoutSeconds, what);
}
