package main

import (
    "bytes"
    "encoding/json"
    "fmt"
    "log"
    "net/http"
)

func main() {
    payload := map[string]interface{}{
        "prompt":   "Hello! How are you?",
        "provider": "stub", // or "openai", with "model": "gpt-4o-mini"
    }

    body, _ := json.Marshal(payload)
    req, _ := http.NewRequest("POST", "http://localhost:8080/api/chat/completions", bytes.NewBuffer(body))
    req.Header.Set("X-API-Key", "dev-api-key-12345")
    req.Header.Set("Content-Type", "application/json")

    resp, err := http.DefaultClient.Do(req)
    if err != nil {
        log.Fatal(err)
    }
    defer resp.Body.Close()

    var result struct {
        Content string
        Error   struct{ Message string }
    }
    if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
        log.Fatal(err)
    }
    if resp.StatusCode != http.StatusOK {
        log.Fatal(result.Error.Message)
    }
    fmt.Println(result.Content)
}
