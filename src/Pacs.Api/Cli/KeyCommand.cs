using System.CommandLine;
using Pacs.Storage.Security;

namespace Pacs.Api.Cli;

/// <summary>key add|list|remove: the only way to the first API key.</summary>
internal static class KeyCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "What the key is for.", DefaultValueFactory = _ => "unnamed" };
        var scope = new Option<ApiKeyScope>("--scope") { Description = "read: search and fetch. write: store and start jobs, too. admin: delete and configure, too.", DefaultValueFactory = _ => ApiKeyScope.Read };
        var add = new Command("add", "Make a key. From the first one on, REST and DICOMweb ask for one.") { name, scope };
        add.SetAction((parsed, cancellation) => AddAsync(parsed.GetValue(name)!, parsed.GetValue(scope), cancellation));

        var list = new Command("list", "List the keys in force.");
        list.SetAction((_, cancellation) => ListAsync(cancellation));

        var id = new Argument<string>("id") { Description = "As \"key list\" shows it." };
        var remove = new Command("remove", "Take a key out of force. After the last one, the server answers nobody until another is made.") { id };
        remove.SetAction((parsed, cancellation) => RemoveAsync(parsed.GetValue(id)!, cancellation));

        return new Command("key", "API keys.") { add, list, remove };
    }

    private static Task<int> AddAsync(string name, ApiKeyScope scope, CancellationToken cancellation) => StorageCommand.RunAsync(async (services, stopping) =>
    {
        var (key, secret) = await services.GetRequiredService<ApiKeyStore>().AddAsync(name, scope, stopping);
        Console.Error.WriteLine($"Key {key.Id} \"{key.Name}\" may {scope.ToString().ToLowerInvariant()}. This is the only time it is shown:");
        Console.WriteLine(secret);
        await InForceAsync(stopping);
        return 0;
    }, cancellation);

    private static Task<int> ListAsync(CancellationToken cancellation) => StorageCommand.RunAsync(async (services, stopping) =>
    {
        var store = services.GetRequiredService<ApiKeyStore>();
        var keys = await store.ListAsync(stopping);
        foreach (var key in keys) Console.WriteLine($"{key.Id}  {key.Scope.ToString().ToLowerInvariant(),-5}  {key.CreatedAt:yyyy-MM-dd HH:mm}  {key.Name}");
        if (keys.Count == 0)
        {
            Console.Error.WriteLine(await store.IsClosedAsync(stopping)
                ? "All keys were removed: REST and DICOMweb answer nobody until \"key add\" makes another."
                : "There is no key: REST and DICOMweb are open to who reaches them.");
        }
        return 0;
    }, cancellation);

    private static Task<int> RemoveAsync(string id, CancellationToken cancellation) => StorageCommand.RunAsync(async (services, stopping) =>
    {
        if (!await services.GetRequiredService<ApiKeyStore>().RemoveAsync(id, stopping))
        {
            Console.Error.WriteLine($"There is no key {id}. \"key list\" shows those there are.");
            return 1;
        }
        await InForceAsync(stopping);
        return 0;
    }, cancellation);

    // Servers look for changed keys that often: once this command is done, it is so.
    private static Task InForceAsync(CancellationToken cancellation) => Task.Delay(ApiKeyStore.Freshness, cancellation);
}
